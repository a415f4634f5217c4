"""Pieces of Markdown that the pages of the packs are made of; English and Japanese stand side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tegata.model.base import Text
from tegata.model.decision import Citation
from tegata.rules.pack_file import Definition, Example, Lever, Parameter, RuleCondition

SIGNATURE = (
    "## Signature / 署名",
    "",
    "Read against the sources above and found to say what they say. /",
    "上記の出典と照合し、その内容に相違ないことを確認した。",
    "",
)
LEVERS = ("Change / 変更", "Fact / 事実", "To / 値", "English", "日本語")
CONDITIONS = ("Condition / 条件", "Parameters / 値", "Means / 手段", "English", "日本語")
PARAMETERS = ("Parameter", "Provision / 条文", "Unit / 単位", "From / 開始", "Until / 終了", "Value / 値")


def joined(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


def signature(digest: str) -> Iterator[str]:
    """A block to sign on paper. Whoever signs with a key signs the same digest (`tegata rules sign`)."""
    yield from SIGNATURE
    yield "| | |"
    yield "|---|---|"
    yield f"| Digest of the pack / パックのダイジェスト | `{digest}` |"
    yield "| Name and licence / 氏名・資格 | |"
    yield "| Date / 日付 | |"
    yield "| Signature / 署名 | |"
    yield "| Remarks / 所見 | |"


def parameter_rows(parameter: Parameter) -> Iterator[tuple[str, ...]]:
    cite = f"[{parameter.cite}]({parameter.url})" if parameter.url else parameter.cite
    for dated in parameter.values:
        shown = value(dated.value)
        yield f"`{parameter.id}`", cite, parameter.unit, str(dated.from_), str(dated.until or ""), shown


def definition_lines(definition: Definition, title: str) -> Iterator[str]:
    yield f"### {title}"
    yield ""
    yield f"[{definition.cite}]({definition.url})" if definition.url else definition.cite
    yield ""
    yield from said(definition.say)
    yield from code(definition.when or definition.value or "")


def condition_row(condition: RuleCondition) -> tuple[str, ...]:
    say = condition.say
    return f"`{condition.verb}`", value(condition.params), names(condition.means), say.en, say.ja


def lever_row(lever: Lever) -> tuple[str, ...]:
    return f"`{lever.id}`", f"`{lever.fact}`", value(lever.to), lever.say.en, lever.say.ja


def example_lines(example: Example, stated: Mapping[str, Any], as_of: object, rules: str) -> Iterator[str]:
    """A worked example; `rules`: those that hold in it, as Markdown."""
    yield f"### {example.id}"
    yield ""
    yield " · ".join(filter(None, (example.section, example.source, str(as_of))))
    yield ""
    if example.why:
        yield example.why
        yield ""
    yield f"- Facts / 事実: {facts(stated)}"
    yield f"- Expected / 期待: {facts(example.expect)}"
    yield f"- Rules that hold / 該当する規則: {rules or '-'}"
    yield ""


def facts(stated: Mapping[str, Any]) -> str:
    return "; ".join(f"`{name}` = {value(fact)}" for name, fact in stated.items())


def value(found: Any) -> str:
    match found:
        case {"param": parameter}:
            return f"`{parameter}`" + (f" of {found['key']}" if "key" in found else "")
        case dict():
            return ", ".join(f"{name}: {value(inner)}" for name, inner in found.items()) or "none"
        case list() | tuple():
            return ", ".join(map(value, found)) or "none"
        case bool():
            return "true" if found else "false"
    return str(found)


def names(found: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in found)


def linked(found: Iterable[str], folder: str = "") -> str:
    """Names of rules as links to their pages in `folder`."""
    return ", ".join(f"[`{name}`]({folder}{name}.md)" for name in found)


def cited(citations: Iterable[Citation]) -> str:
    return "; ".join(f"[{one.ref}]({one.url})" if one.url else one.ref for one in citations)


def said(say: Text | None) -> Iterator[str]:
    if say:
        yield from table(("English", "日本語"), [(say.en, say.ja)])


def code(expression: str) -> Iterator[str]:
    yield from ("```", one_line(expression), "```", "")


def one_line(text: str) -> str:
    return " ".join(text.split())


def table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield "|" + "---|" * len(titles)
    for row in rows:
        yield "| " + " | ".join(one_line(cell).replace("|", "\\|") for cell in row) + " |"
    yield ""
