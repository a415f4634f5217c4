"""The worked examples of a pack, run: they are its tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from tegata.model.base import Noun, Text, t
from tegata.model.decision import Outcome
from tegata.model.errors import FactError
from tegata.rules.expression.compiled import Values
from tegata.rules.facts import fact_schema
from tegata.rules.flow import read_facts
from tegata.rules.judge import Judgement, judge
from tegata.rules.missing import missing_facts
from tegata.rules.pack import Pack
from tegata.rules.pack_file import Example

_WORDS = {True: "true", False: "false", None: "unknown"}


class ExampleRun(Noun, frozen=True, kw_only=True):
    """What became of one example. `rules`: those that hold in it; `failures` is empty where it came out as expected."""

    id: str
    section: str
    as_of: dt.date
    rules: tuple[str, ...] = ()
    failures: tuple[Text, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.failures


def run_examples(pack: Pack) -> tuple[ExampleRun, ...]:
    """Every example in the order of the file; one without a date runs on the last day on which the pack is current."""
    return tuple(_run(pack, example) for example in pack.examples)


def _run(pack: Pack, example: Example) -> ExampleRun:
    last = pack.files.head.review_after
    day = example.as_of or last
    try:
        values = fact_schema().values(read_facts(example.facts))
    except FactError as error:
        failure = Text(en="; ".join(filter(None, error.parts("en"))), ja="。".join(filter(None, error.parts("ja"))))
        return ExampleRun(id=example.id, section=example.section, as_of=day, failures=(failure,))
    judgement = judge(pack, values, day, min(day, last))
    return ExampleRun(
        id=example.id,
        section=example.section,
        as_of=day,
        rules=tuple(rule.rule.id for rule in judgement.holding),
        failures=tuple(_failures(judgement, judgement.edition.prepared(values, day), example.expect)),
    )


def _failures(judgement: Judgement, values: Values, expect: dict[str, Any]) -> Iterator[Text]:
    definitions = expect.get("definition", {})
    if not expect or not isinstance(definitions, dict):
        yield t("it expects neither an outcome nor definitions", "結果も定義も期待していません")
        return
    for word in sorted(expect.keys() - {"outcome", "definition"}):
        yield t(f"nothing called `{word}` can be expected", f"`{word}` を期待することはできません")
    if "outcome" in expect:
        yield from _outcome(judgement, str(expect["outcome"]))
    for name, wanted in definitions.items():
        yield from _definition(judgement, values, name, wanted)


def _outcome(judgement: Judgement, wanted: str) -> Iterator[Text]:
    found = judgement.outcome.value
    if wanted not in {outcome.value for outcome in Outcome}:
        yield t(f"there is no outcome `{wanted}`", f"結果 `{wanted}` はありません")
    elif found != wanted:
        yield t(
            f"the outcome is `{found}`, not `{wanted}`{_because(judgement, 'en')}",
            f"結果は `{wanted}` ではなく `{found}` です{_because(judgement, 'ja')}",
        )


def _because(judgement: Judgement, language: str) -> str:
    """The rules that hold, and the facts that are missing."""
    rules = ", ".join(f"`{rule.rule.id}`" for rule in judgement.holding)
    said = [("holding: " if language == "en" else "該当する規則：") + rules] if rules else []
    if judgement.unsettled:
        names = ", ".join(f"`{fact.name}`" for fact in missing_facts(judgement))
        said.append(("missing: " if language == "en" else "不足している事実：") + names)
    opening, closing = (" (", ")") if language == "en" else ("（", "）")
    return opening + "; ".join(said) + closing if said else ""


def _definition(judgement: Judgement, values: Values, name: str, wanted: Any) -> Iterator[Text]:
    code = judgement.edition.definitions.get(name)
    if code is None:
        yield t(f"there is no definition `{name}`", f"定義 `{name}` はありません")
        return
    found = code.value(values)
    if found is not wanted and found != wanted:
        is_truth = found is None or isinstance(found, bool)
        shown = _WORDS[found] if is_truth else str(found)
        expected = _WORDS.get(wanted, str(wanted)) if isinstance(wanted, bool | None) else str(wanted)
        yield t(f"`{name}` is {shown}, not {expected}", f"`{name}` は {expected} ではなく {shown} です")


def untried(pack: Pack, runs: Iterable[ExampleRun]) -> tuple[str, ...]:
    """Rules in force that hold in no example: nobody has tried them."""
    tried = {rule for run in runs for rule in run.rules}
    return tuple(rule.id for rule in pack.files.rules if rule.status == "in_force" and rule.id not in tried)
