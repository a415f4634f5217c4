"""What ownership says of one entity, for people and machines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tegata.model.base import Noun, Text, t
from tegata.model.errors import PackError
from tegata.rules.ownership.control import group_of
from tegata.rules.ownership.evidence import evidence
from tegata.rules.ownership.share import percent
from tegata.rules.ownership.status import Measure, Standings
from tegata.rules.pack import Pack


class OwnershipAnswer(Noun, frozen=True, kw_only=True):
    """One entity. None is unknown; `least` and `most` bound the share in per cent that counts as held by countries of
    concern and covered persons; `group` are all under common control with it, itself included.
    """

    entity: str
    us_person: bool | None
    covered: bool | None
    least: float
    most: float
    evidence: tuple[Text, ...]
    group: tuple[str, ...]


def answer(standings: Standings, name: str) -> OwnershipAnswer:
    """Raises FactError when the graph has no such entity."""
    entity = standings.graph.entity(name, t("the one asked about", "照会の対象"))
    least, most = standings.share(name)
    return OwnershipAnswer(
        entity=name,
        us_person=entity.us_person,
        covered=standings.covered(name),
        least=percent(least),
        most=percent(most),
        evidence=evidence(standings, name),
        group=tuple(sorted(group_of(standings.graph, name))),
    )


def measure_of(packs: Sequence[Pack], day: dt.date) -> Measure:
    """Whose ownership counts, and from which share, on a day.

    Raises:
        PackError: no pack in use says so, or two say different things.
    """
    found = {_measure(pack, day): pack.id for pack in packs if pack.files.head.ownership is not None}
    if len(found) != 1:
        raise PackError(
            t("the packs do not say whose ownership counts", "誰の所有を数えるかがパックから定まりません"),
            why=t(f"{len(found)} of them do", f"{len(found)} 件が定めています") if found else "",
        )
    return next(iter(found))


def _measure(pack: Pack, day: dt.date) -> Measure:
    owning, parameters = pack.files.head.ownership, pack.edition(max(day, pack.files.head.from_)).parameters
    countries = parameters[owning.countries] if owning else ()
    return Measure(frozenset(countries), parameters[owning.percent] if owning else 0)
