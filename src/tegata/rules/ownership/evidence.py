"""Why an entity stands as it does, in words: the holdings and facts that carry it, each once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

from tegata.model.base import Text, t
from tegata.rules.ownership.graph import Entity
from tegata.rules.ownership.share import words
from tegata.rules.ownership.status import Reason, Standings

MOST_LINES: Final = 40


def evidence(standings: Standings, name: str) -> tuple[Text, ...]:
    """From the entity up to the countries and persons from which its standing comes; at most `MOST_LINES` lines."""
    lines = [_conclusion(standings, name)]
    place = {name: place for place, name in enumerate(standings.least.counted)}
    ahead, seen = deque([name]), {name}
    while ahead:
        current = ahead.popleft()
        if len(lines) >= MOST_LINES:
            more = len(ahead) + 1
            return (*lines, t(f"and {more} more above these", f"ほか、その上に {more} 件"))
        holders = _holders(standings, current, place)
        lines += [line for line in (_own(standings, current), _owned(standings, current, holders)) if line]
        for above in (*holders, *_employers(standings, current)):
            if above not in seen:
                seen.add(above)
                ahead.append(above)
    return tuple(lines)


def _conclusion(standings: Standings, name: str) -> Text:
    entity, covered = standings.graph.entities[name], standings.covered(name)
    if covered is None:
        return t(f"whether `{name}` is a covered person is open", f"`{name}` が対象者に当たるかは明らかでない")
    if covered:
        return t(f"`{name}` is a country of concern or a covered person", f"`{name}` は懸念国又は対象者に当たる")
    if entity.us_person:
        return t(
            f"`{name}` is a US person and is not designated: no covered person",
            f"`{name}` は指定を受けていない米国人であり、対象者に当たらない",
        )
    return t(f"`{name}` is not a covered person", f"`{name}` は対象者に当たらない")


def _holders(standings: Standings, name: str, place: dict[str, int]) -> dict[str, int]:
    """Holders that count and, where the entity counts through them, did so before it: no circle explains itself."""
    order = standings.least.counted
    holders = {owner: share for owner, share in standings.graph.holders.get(name, {}).items() if owner in order}
    if order.get(name) is not Reason.OWNERS:
        return holders
    return {owner: share for owner, share in holders.items() if place[owner] < place[name]}


def _employers(standings: Standings, name: str) -> Iterator[str]:
    if standings.least.covered.get(name) is Reason.EMPLOYER:
        employers = standings.graph.entities[name].employers or ()
        yield from (employer for employer in employers if employer in standings.least.covered)


def _own(standings: Standings, name: str) -> Text | None:
    """What makes an entity count by itself."""
    entity = standings.graph.entities[name]
    reason = standings.least.counted.get(name)
    if reason is Reason.COUNTRY:
        return t(f"`{name}` is the country of concern {entity.country}", f"`{name}` は懸念国 {entity.country} である")
    if reason is Reason.DESIGNATED:
        return t(f"`{name}` is designated (202.211(a)(5))", f"`{name}` は指定を受けている（202.211(a)(5)）")
    if reason is Reason.RESIDENCE:
        return t(
            f"`{name}` primarily resides in {entity.residence} (202.211(a)(4))",
            f"`{name}` は主に {entity.residence} に居住する（202.211(a)(4)）",
        )
    if reason is Reason.PLACE:
        return _placed(standings, entity)
    if reason is Reason.EMPLOYER:
        employers = ", ".join(f"`{one}`" for one in _employers(standings, name))
        return t(
            f"`{name}` works for {employers} (202.211(a)(3))", f"`{name}` は {employers} のために働く（202.211(a)(3)）"
        )
    return None


def _placed(standings: Standings, entity: Entity) -> Text:
    concern = standings.measure.countries
    under = sorted((entity.organised_under or frozenset()) & concern)
    if under:
        return t(
            f"`{entity.id}` is organised under the law of {', '.join(under)} (202.211(a)(1))",
            f"`{entity.id}` は {'、'.join(under)} の法に基づき設立された（202.211(a)(1)）",
        )
    return t(
        f"`{entity.id}` has its principal place of business in {entity.principal_place} (202.211(a)(1))",
        f"`{entity.id}` の主たる営業所は {entity.principal_place} にある（202.211(a)(1)）",
    )


def _owned(standings: Standings, name: str, holders: dict[str, int]) -> Text | None:
    """What countries of concern and covered persons hold of it, together, and how much nobody disclosed."""
    if standings.graph.entities[name].entity != "organisation":
        return None
    total = words(sum(holders.values()))
    english = ", ".join(f"`{owner}` {words(share)} %" for owner, share in holders.items()) or "none"
    japanese = "、".join(f"`{owner}` {words(share)} %" for owner, share in holders.items()) or "なし"
    hidden = standings.graph.undisclosed(name)
    rest_en = f"; {words(hidden)} % undisclosed" if hidden else ""
    rest_ja = f"、不明 {words(hidden)} %" if hidden else ""
    return t(
        f"{total} % of `{name}` counts as held by countries of concern or covered persons: {english}{rest_en}",
        f"`{name}` の {total} % は懸念国又は対象者が保有するものと数える: {japanese}{rest_ja}",
    )
