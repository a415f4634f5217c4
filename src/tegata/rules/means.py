"""Legal definition x protection means x standard x procedure: one table over all packs, made from the packs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tegata.model.base import Noun, Text, encode
from tegata.model.decision import Outcome
from tegata.rules.pack import Pack
from tegata.rules.pack_file import Definition, Rule, RuleCondition

TECHNIQUE, STANDARD, PROCEDURE = "technique", "standard", "procedure"


class Mapping(Noun, frozen=True, kw_only=True):
    """What one legal definition asks for under one condition of one rule, and the means by which it is met.

    A means that names a catalogue of requirements of its own (`cisa:D2`) is a standard.
    """

    pack: str
    jurisdiction: str
    rule: str
    outcome: Outcome
    provisions: tuple[str, ...]
    definition: str = ""  # `` for a rule that rests on facts alone
    definition_cite: str = ""
    definition_say: Text | None = None
    verb: str
    say: Text
    categories: tuple[str, ...] = ()  # of data, where the condition falls on some only
    techniques: tuple[str, ...] = ()
    standards: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()


class Wanted(Noun, frozen=True, kw_only=True):
    """What rows of the table are asked for; `` asks for nothing in particular. Case does not count.

    `category` keeps what falls on data of that category: named itself, by a head above it, or as data of any category.
    `means` is the beginning of a technique, standard or procedure (`cisa` finds `cisa:D2`).
    """

    jurisdiction: str = ""
    category: str = ""
    verb: str = ""
    means: str = ""
    word: str = ""  # occurs anywhere in the row, in whichever language

    def keeps(self, row: Mapping) -> bool:
        means = (*row.techniques, *row.standards, *row.procedures)
        return (
            self.jurisdiction.casefold() in ("", row.jurisdiction.casefold())
            and self.verb.casefold() in ("", row.verb)
            and (not self.category or not row.categories or any(_below(self.category, c) for c in row.categories))
            and (not self.means or any(one.casefold().startswith(self.means.casefold()) for one in means))
            and self.word.casefold() in encode(row).decode().casefold()
        )


def _below(category: str, head: str) -> bool:
    return f"{category.casefold()}.".startswith(f"{head}.")


def mapping(packs: Iterable[Pack]) -> tuple[Mapping, ...]:
    """A row for each definition and condition that meet in a rule, in the order of the packs and their files."""
    return tuple(row for pack in packs for rule in pack.files.rules for row in _rows(pack, rule))


def _rows(pack: Pack, rule: Rule) -> Iterator[Mapping]:
    used = pack.checked.uses[f"rules.yaml/{rule.id}"].definitions
    definitions: Sequence[Definition | None] = [d for d in pack.files.definitions if d.id in used] or [None]
    for condition in rule.conditions:
        for definition in definitions:
            yield _row(pack, rule, condition, definition)


def _row(pack: Pack, rule: Rule, condition: RuleCondition, definition: Definition | None) -> Mapping:
    categories = condition.params.get("categories", [])
    return Mapping(
        pack=pack.id,
        jurisdiction=pack.jurisdiction,
        rule=rule.id,
        outcome=rule.outcome,
        provisions=tuple(citation.ref for citation in rule.cite),
        definition=definition.id if definition else "",
        definition_cite=definition.cite if definition else "",
        definition_say=definition.say if definition else None,
        verb=condition.verb,
        say=condition.say,
        categories=tuple(categories) if isinstance(categories, list) else (),
        techniques=_of(condition.means, TECHNIQUE),
        standards=_of(condition.means, STANDARD),
        procedures=_of(condition.means, PROCEDURE),
    )


def _of(means: Iterable[str], kind: str) -> tuple[str, ...]:
    return tuple(one.removeprefix(kind + ":") for one in means if _kind(one) == kind)


def _kind(means: str) -> str:
    prefix = means.partition(":")[0]
    return prefix if prefix in (TECHNIQUE, PROCEDURE) else STANDARD
