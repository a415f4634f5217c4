"""Writes docs/packs: a page for each rule pack and for each provision, made from the packs, to read and sign.

Sentences stand in English and Japanese side by side; nothing on the pages is written by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools import markdown as md
from tools import provision_page

from tegata.rules import Pack, builtin_packs
from tegata.rules.examples import run_examples
from tegata.rules.flow import read_facts
from tegata.rules.means import Mapping, mapping
from tegata.rules.provision import provisions

FOLDER = Path(__file__).parents[1] / "docs" / "packs"


def pages(packs: Iterable[Pack]) -> dict[str, str]:
    """Paths to their text: a page for each pack, one for each of its rules, and the index."""
    packs = tuple(packs)
    made = {"README.md": md.joined(_index(packs)), "map.md": md.joined(_map(packs))}
    for pack in packs:
        made[f"{pack.id}.md"] = md.joined(_page(pack))
        found = provision_page.Mutants(pack)
        for provision in provisions(pack):
            made[f"{pack.id}/{provision.rule.id}.md"] = md.joined(provision_page.page(provision, found))
    return made


def _index(packs: Iterable[Pack]) -> Iterator[str]:
    yield "# Rule packs / ルールパック"
    yield ""
    yield "Made from the packs by `make documents`. They are not legal advice. /"
    yield "`make documents` がパックから生成したもの。法的助言ではありません。"
    yield ""
    yield from md.table(
        ("Pack / パック", "English", "日本語", "Status / 状態", "Review by / 見直し期限"),
        (
            (f"[`{pack.id}`]({pack.id}.md)", head.title.en, head.title.ja, f"`{head.status}`", str(head.review_after))
            for pack in packs
            for head in [pack.files.head]
        ),
    )
    yield "[Legal definitions x means x standards x procedures / 定義・措置・標準・手続の対応表](map.md)"


def _map(packs: Iterable[Pack]) -> Iterator[str]:
    yield "# Legal definition x means x standard x procedure / 定義 × 措置 × 標準 × 手続"
    yield ""
    yield "Made from the packs; `tegata rules map` asks it (`--csv`, `--json`). /"
    yield "パックから生成。`tegata rules map` で検索できる。"
    yield ""
    titles = ("Rule / 規則", "Definition / 定義", "Condition / 条件", "Categories / 区分", "Technique / 技術")
    yield from md.table((*titles, "Standard / 標準", "Procedure / 手続"), map(_map_row, mapping(packs)))


def _map_row(row: Mapping) -> tuple[str, ...]:
    rule = f"{row.pack}: [`{row.rule}`]({row.pack}/{row.rule}.md)"
    definition = f"[{row.definition}]({row.pack}.md#{row.definition})" if row.definition else ""
    parts = (row.categories, row.techniques, row.standards, row.procedures)
    return rule, definition, f"`{row.verb}`", *(md.names(part) for part in parts)


def _page(pack: Pack) -> Iterator[str]:
    files = pack.files
    yield f"# {pack.id} {pack.version}"
    yield ""
    yield from md.table(("English", "日本語"), [(files.head.title.en, files.head.title.ja)])
    yield from _head(pack)
    if files.parameters:
        yield "## Parameters / パラメーター"
        yield ""
        yield from md.table(md.PARAMETERS, (row for p in files.parameters for row in md.parameter_rows(p)))
    if files.definitions:
        yield "## Definitions / 定義"
        yield ""
    for definition in files.definitions:
        yield from md.definition_lines(definition, definition.id)
    yield from _rules(pack)
    if files.levers:
        yield "## What the parties can change / 当事者が変えられること"
        yield ""
        yield from md.table(md.LEVERS, map(md.lever_row, files.levers))
    yield from _examples(pack)
    if files.changelog:
        yield "## History / 変更履歴"
        yield ""
        rows = ((e.id, str(e.on), md.names(e.rules), e.say.en, e.say.ja) for e in files.changelog)
        yield from md.table(("Version / 版", "Date / 日付", "Rules / 規則", "English", "日本語"), rows)
    yield from md.signature(pack.digest)


def _head(pack: Pack) -> Iterator[str]:
    head = pack.files.head
    yield f"- Jurisdiction / 法域: `{head.jurisdiction}`; status / 状態: `{head.status}`"
    yield f"- Acts from / 対象となる行為: {head.from_}; to be reviewed by / 見直し期限: {head.review_after}"
    yield f"- Digest / ダイジェスト: `{pack.digest}`"
    yield f"- Applies when / 適用条件: `{md.one_line(head.applies)}`"
    yield f"- When no rule holds / 該当する規則がないとき: `{head.default.value}`"
    yield f"- Sources / 出典: {md.cited(head.sources)}"
    yield ""
    said = [text for text in (head.default_say, head.not_applicable) if text]
    yield from md.table(("English", "日本語"), ((text.en, text.ja) for text in said))


def _rules(pack: Pack) -> Iterator[str]:
    yield "## Rules / 規則"
    yield ""
    for provision in provisions(pack):
        rule, held = provision.rule, provision.showing("holds")
        yield f"### {rule.id}"
        yield ""
        yield f"[Its page, with all that it rests on / 前提をすべて載せたページ]({pack.id}/{rule.id}.md)"
        yield ""
        yield from provision_page.rule_lines(rule, provision.excepted_by, f"{pack.id}/")
        if held:
            yield f"- Holds in examples / 該当する事例: {md.names(one.example.id for one in held)}"
            yield ""


def _examples(pack: Pack) -> Iterator[str]:
    runs = run_examples(pack)
    if runs:
        yield "## Worked examples / 事例"
        yield ""
    for example, run in zip(pack.examples, runs, strict=True):
        stated = {name: fact.value for name, fact in read_facts(example.facts).items()}
        yield from md.example_lines(example, stated, run.as_of, md.linked(run.rules, f"{pack.id}/"))


def main() -> int:
    made = pages(builtin_packs())
    for left in FOLDER.rglob("*.md"):
        if left.relative_to(FOLDER).as_posix() not in made:
            left.unlink()
    for name, text in made.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
