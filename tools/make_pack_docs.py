"""Writes docs/packs: a page for each rule pack, made from the pack itself, for a lawyer to read and sign.

Sentences stand in English and Japanese side by side; nothing on the pages is written by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tegata.model.base import Text
from tegata.model.decision import Citation
from tegata.rules import Pack, builtin_packs
from tegata.rules.examples import ExampleRun, run_examples
from tegata.rules.flow import read_facts
from tegata.rules.pack_file import Definition, Example, Lever, Parameter, Rule

FOLDER = Path(__file__).parents[1] / "docs" / "packs"
SIGNATURE = (
    "Read against the sources above and found to say what they say. /",
    "上記の出典と照合し、その内容に相違ないことを確認した。",
    "",
    "| | |",
    "|---|---|",
    "| Name and licence / 氏名・資格 | |",
    "| Date / 日付 | |",
    "| Remarks / 所見 | |",
)


def pages(packs: Iterable[Pack]) -> dict[str, str]:
    """File names to their text: one page a pack, and the index."""
    packs = tuple(packs)
    return {f"{pack.id}.md": _joined(_page(pack)) for pack in packs} | {"README.md": _joined(_index(packs))}


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


def _index(packs: Iterable[Pack]) -> Iterator[str]:
    yield "# Rule packs / ルールパック"
    yield ""
    yield "Made from the packs by `make documents`. They are not legal advice. /"
    yield "`make documents` がパックから生成したもの。法的助言ではありません。"
    yield ""
    yield from _table(
        ("Pack / パック", "English", "日本語", "Status / 状態", "Review by / 見直し期限"),
        (
            (f"[`{pack.id}`]({pack.id}.md)", head.title.en, head.title.ja, f"`{head.status}`", str(head.review_after))
            for pack in packs
            for head in [pack.files.head]
        ),
    )


def _page(pack: Pack) -> Iterator[str]:
    files, runs = pack.files, {run.id: run for run in run_examples(pack)}
    yield f"# {pack.id} {pack.version}"
    yield ""
    yield from _table(("English", "日本語"), [(files.head.title.en, files.head.title.ja)])
    yield from _head(pack)
    if files.parameters:
        yield "## Parameters / パラメーター"
        yield ""
        yield from _table(
            ("Parameter", "Provision / 条文", "Unit / 単位", "From / 開始", "Until / 終了", "Value / 値"),
            (row for parameter in files.parameters for row in _parameter_rows(parameter)),
        )
    if files.definitions:
        yield "## Definitions / 定義"
        yield ""
    for definition in files.definitions:
        yield from _definition(definition)
    yield "## Rules / 規則"
    yield ""
    for rule in files.rules:
        yield from _rule(rule, files.rules, runs.values())
    if files.levers:
        yield "## What the parties can change / 当事者が変えられること"
        yield ""
        yield from _table(("Change / 変更", "Fact / 事実", "To / 値", "English", "日本語"), map(_lever, files.levers))
    if files.examples:
        yield "## Worked examples / 事例"
        yield ""
    for example in files.examples:
        yield from _example(example, runs[example.id])
    yield "## Signature / 署名"
    yield ""
    yield from SIGNATURE


def _head(pack: Pack) -> Iterator[str]:
    head = pack.files.head
    yield f"- Jurisdiction / 法域: `{head.jurisdiction}`; status / 状態: `{head.status}`"
    yield f"- Acts from / 対象となる行為: {head.from_}; to be reviewed by / 見直し期限: {head.review_after}"
    yield f"- Digest / ダイジェスト: `{pack.digest}`"
    yield f"- Applies when / 適用条件: `{_one_line(head.applies)}`"
    yield f"- When no rule holds / 該当する規則がないとき: `{head.default.value}`"
    yield f"- Sources / 出典: {_cited(head.sources)}"
    yield ""
    said = [text for text in (head.default_say, head.not_applicable) if text]
    yield from _table(("English", "日本語"), ((text.en, text.ja) for text in said))


def _parameter_rows(parameter: Parameter) -> Iterator[tuple[str, ...]]:
    cited = f"[{parameter.cite}]({parameter.url})" if parameter.url else parameter.cite
    for dated in parameter.values:
        shown = _value(dated.value)
        yield f"`{parameter.id}`", cited, parameter.unit, str(dated.from_), str(dated.until or ""), shown


def _definition(definition: Definition) -> Iterator[str]:
    yield f"### {definition.id}"
    yield ""
    yield f"[{definition.cite}]({definition.url})" if definition.url else definition.cite
    yield ""
    yield from _said(definition.say)
    yield from _code(definition.when or definition.value or "")


def _rule(rule: Rule, rules: Iterable[Rule], runs: Iterable[ExampleRun]) -> Iterator[str]:
    yield f"### {rule.id}"
    yield ""
    dates = "".join(f", {word} {day}" for word, day in (("from", rule.from_), ("until", rule.until)) if day)
    yield f"**{rule.outcome.value}** (`{rule.status}`{dates}) · {_cited(rule.cite)}"
    yield ""
    yield from _said(rule.say)
    yield from _code(rule.when)
    excepted = [other.id for other in rules if rule.id in other.overrides]
    if rule.overrides:
        yield f"- Exception to / 例外の対象: {_names(rule.overrides)}"
    if excepted:
        yield f"- Gives way to / 優先する例外: {_names(excepted)}"
    if held := [run.id for run in runs if rule.id in run.rules]:
        yield f"- Holds in examples / 該当する事例: {_names(held)}"
    if rule.overrides or excepted or held:
        yield ""
    if rule.no_cure:
        yield from _table(("No cure", "救済なし"), [(rule.no_cure.en, rule.no_cure.ja)])
    if rule.conditions:
        yield from _table(
            ("Condition / 条件", "Parameters / 値", "Means / 手段", "English", "日本語"),
            ((f"`{c.verb}`", _value(c.params), _names(c.means), c.say.en, c.say.ja) for c in rule.conditions),
        )


def _lever(lever: Lever) -> tuple[str, ...]:
    return f"`{lever.id}`", f"`{lever.fact}`", _value(lever.to), lever.say.en, lever.say.ja


def _example(example: Example, run: ExampleRun) -> Iterator[str]:
    yield f"### {example.id}"
    yield ""
    yield " · ".join(filter(None, (example.section, example.source, str(run.as_of))))
    yield ""
    if example.why:
        yield example.why
        yield ""
    yield f"- Facts / 事実: {_facts({name: fact.value for name, fact in read_facts(example.facts).items()})}"
    yield f"- Expected / 期待: {_facts(example.expect)}"
    yield f"- Rules that hold / 該当する規則: {_names(run.rules) or '-'}"
    yield ""


def _facts(facts: Mapping[str, Any]) -> str:
    return "; ".join(f"`{name}` = {_value(value)}" for name, value in facts.items())


def _value(value: Any) -> str:
    match value:
        case {"param": parameter}:
            return f"`{parameter}`" + (f" of {value['key']}" if "key" in value else "")
        case dict():
            return ", ".join(f"{name}: {_value(inner)}" for name, inner in value.items()) or "none"
        case list() | tuple():
            return ", ".join(map(_value, value)) or "none"
        case bool():
            return "true" if value else "false"
    return str(value)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _cited(citations: Iterable[Citation]) -> str:
    return "; ".join(f"[{one.ref}]({one.url})" if one.url else one.ref for one in citations)


def _said(say: Text | None) -> Iterator[str]:
    if say:
        yield from _table(("English", "日本語"), [(say.en, say.ja)])


def _code(expression: str) -> Iterator[str]:
    yield from ("```", _one_line(expression), "```", "")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield "|" + "---|" * len(titles)
    for row in rows:
        yield "| " + " | ".join(_one_line(cell).replace("|", "\\|") for cell in row) + " |"
    yield ""


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = pages(builtin_packs())
    for left in FOLDER.glob("*.md"):
        if left.name not in made:
            left.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
