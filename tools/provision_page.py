"""The page of one provision: rule, citation, definitions, parameters, examples, tests and history, to read and sign."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.rules.mutation.mutants import mutants
from tools import markdown as md

from tegata.rules import Pack
from tegata.rules.flow import read_facts
from tegata.rules.pack_file import Rule
from tegata.rules.provision import Illustration, Provision

ROOT = Path(__file__).parents[1]
TESTS = sorted((ROOT / "tests" / "rules").glob("test_*pack*.py"))


class Mutants:
    """How many small changes of each item of a pack the tests have to find out (tests/rules/mutation/mutants.py)."""

    def __init__(self, pack: Pack) -> None:
        self._items = [name.partition(":")[0] for name, _ in mutants(pack)]

    def of(self, kind: str, names: Iterable[str]) -> int:
        wanted = {f"{kind} {name}" for name in names}
        return sum(item in wanted for item in self._items)


def page(provision: Provision, found: Mutants) -> Iterator[str]:
    """`provision` with links that work from docs/packs/<pack>/."""
    rule, pack = provision.rule, f"../{provision.pack}.md"
    yield f"# {rule.id}"
    yield ""
    yield f"[`{provision.pack}` {provision.version}]({pack})"
    yield ""
    yield from rule_lines(rule, provision.excepted_by)
    if provision.definitions:
        yield "## Definitions it rests on / 前提となる定義"
        yield ""
    for definition in provision.definitions:
        yield from md.definition_lines(definition, f"[{definition.id}]({pack}#{definition.id})")
    if provision.parameters:
        yield "## Parameters / パラメーター"
        yield ""
        yield from md.table(md.PARAMETERS, (row for p in provision.parameters for row in md.parameter_rows(p)))
    yield from _facts(provision)
    yield from _examples(provision.showing("holds"))
    yield from _of_definitions(provision.showing("definition"), pack)
    yield from _tests(provision, found)
    if provision.history:
        yield "## History / 変更履歴"
        yield ""
        rows = ((edit.id, str(edit.on), edit.say.en, edit.say.ja) for edit in provision.history)
        yield from md.table(("Version / 版", "Date / 日付", "English", "日本語"), rows)
    yield from md.signature(provision.digest)


def rule_lines(rule: Rule, excepted_by: Iterable[str], folder: str = "") -> Iterator[str]:
    """The rule in words and as an expression, its exceptions both ways, and its conditions."""
    dates = "".join(f", {word} {day}" for word, day in (("from", rule.from_), ("until", rule.until)) if day)
    yield f"**{rule.outcome.value}** (`{rule.status}`{dates}) · {md.cited(rule.cite)}"
    yield ""
    yield from md.said(rule.say)
    yield from md.code(rule.when)
    if rule.overrides:
        yield f"- Exception to / 例外の対象: {md.linked(rule.overrides, folder)}"
    if excepted := md.linked(excepted_by, folder):
        yield f"- Gives way to / 優先する例外: {excepted}"
    if rule.overrides or excepted:
        yield ""
    if rule.no_cure:
        yield from md.table(("No cure", "救済なし"), [(rule.no_cure.en, rule.no_cure.ja)])
    if rule.conditions:
        yield from md.table(md.CONDITIONS, map(md.condition_row, rule.conditions))


def _facts(provision: Provision) -> Iterator[str]:
    if provision.facts:
        yield "## Facts it asks for / 必要な事実"
        yield ""
        titles = ("Fact / 事実", "Takes / 値", "English", "日本語")
        yield from md.table(titles, ((f"`{f.name}`", f.takes, f.question.en, f.question.ja) for f in provision.facts))
    if provision.levers:
        yield "## What the parties can change / 当事者が変えられること"
        yield ""
        yield from md.table(md.LEVERS, map(md.lever_row, provision.levers))


def _examples(examples: Iterable[Illustration]) -> Iterator[str]:
    examples = tuple(examples)
    if examples:
        yield "## Worked examples in which it holds / 該当する事例"
        yield ""
    for one in examples:
        stated = {name: fact.value for name, fact in read_facts(one.example.facts).items()}
        yield from md.example_lines(one.example, stated, one.run.as_of, md.linked(one.run.rules))


def _of_definitions(examples: Iterable[Illustration], pack: str) -> Iterator[str]:
    """One line each: their facts stand on the page of the pack."""
    examples = tuple(examples)
    if examples:
        yield "## Worked examples of its definitions / 定義の事例"
        yield ""
        titles = ("Example / 事例", "Section / 条項", "Expected / 期待", "Why / 理由")
        rows = (
            (_anchor(one, pack), one.example.section, md.facts(one.example.expect), one.example.why) for one in examples
        )
        yield from md.table(titles, rows)


def _anchor(one: Illustration, pack: str) -> str:
    return f"[{one.example.id}]({pack}#{one.example.id})"


def _tests(provision: Provision, found: Mutants) -> Iterator[str]:
    name = provision.rule.id
    yield "## Tests / テスト"
    yield ""
    yield f"- Worked examples / 事例: {len(provision.examples)}"
    of_rule = found.of("rules", [name])
    rest = found.of("definitions", [d.id for d in provision.definitions])
    rest += found.of("parameters", [p.id for p in provision.parameters])
    yield (
        f"- Small changes that the tests must find out / テストが検出すべき変異: {of_rule} of the rule / 規則、"
        f"{rest} of what it rests on / 前提 ([mutants.py](../../../tests/rules/mutation/mutants.py))"
    )
    for path in TESTS:
        if f"{name}" in quoted(path):
            yield f"- [{path.name}](../../../tests/rules/{path.name})"
    yield ""


@functools.cache
def quoted(path: Path) -> frozenset[str]:
    """What stands between quotes in a file of tests."""
    return frozenset(re.findall(r'"([^"\n]+)"', path.read_text("utf-8")))
