"""One rule as it is on a day: what a reader needs to understand an answer of that day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from tegata.model.base import Noun, t
from tegata.model.errors import UsageError
from tegata.rules.facts import did_you_mean
from tegata.rules.pack import Pack
from tegata.rules.pack_file import Rule
from tegata.rules.provision import Provision, provision


class ParameterOn(Noun, frozen=True, kw_only=True):
    """A parameter as it is on a day; `value` None where it has none then."""

    id: str
    cite: str
    url: str = ""
    unit: str = ""
    value: Any


class Explanation(Noun, frozen=True, kw_only=True):
    """A provision, whether it is in force on a day, and the values of its parameters on it."""

    on: dt.date
    in_force: bool
    provision: Provision
    parameters: tuple[ParameterOn, ...] = ()


def explain(packs: Sequence[Pack], name: str, on: dt.date) -> tuple[Explanation, ...]:
    """The rule called `name` (or `<pack>/<rule>`) in every pack that has one.

    Raises:
        UsageError: no pack has such a rule.
    """
    found = [(pack, rule) for pack in packs for rule in pack.files.rules if name in (rule.id, f"{pack.id}/{rule.id}")]
    if not found:
        known = [rule.id for pack in packs for rule in pack.files.rules]
        raise UsageError(
            t(f"no pack has a rule `{name}`", f"規則 `{name}` を持つパックはありません"),
            hint=did_you_mean(name, known) or t("`tegata rules show PACK`", "`tegata rules show PACK`"),
        )
    return tuple(_explained(pack, rule, on) for pack, rule in found)


def _explained(pack: Pack, rule: Rule, on: dt.date) -> Explanation:
    whole, edition = provision(pack, rule.id), pack.edition(on)
    return Explanation(
        on=on,
        in_force=any(compiled.rule is rule for compiled in edition.rules),
        provision=whole,
        parameters=tuple(
            ParameterOn(id=p.id, cite=p.cite, url=p.url, unit=p.unit, value=_shown(edition.parameters[p.id]))
            for p in whole.parameters
        ),
    )


def _shown(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value
