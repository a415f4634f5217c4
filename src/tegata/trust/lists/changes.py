"""What changed from one trusted list to the next: who came, who went, and whose standing is another."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Literal

from tegata.model.base import Noun
from tegata.model.trusted_list import ListedProvider, ListedService, Names, TrustedList


class Change(Noun, frozen=True, kw_only=True):
    """Of one service. `was` and `now` are the URIs of its status, empty where it was not listed or is not any more."""

    what: Literal["new", "status", "gone"]
    territory: str
    provider: Names
    service: Names
    kind: str  # URI
    was: str = ""
    now: str = ""


def changes(before: TrustedList, after: TrustedList) -> tuple[Change, ...]:
    """In the order of the newer list, then those that are gone. Equal type and identity make the same service."""
    old, new = dict(_services(before)), dict(_services(after))
    moved = (_change(after.territory, old.get(key), found) for key, found in new.items())
    gone = (_change(after.territory, found, None) for key, found in old.items() if key not in new)
    return tuple(change for change in (*moved, *gone) if change is not None)


_Place = tuple[ListedProvider, ListedService]


def _change(territory: str, before: _Place | None, after: _Place | None) -> Change | None:
    was, now = (place[1].standings[0].status if place else "" for place in (before, after))
    found = after or before
    if was == now or found is None:
        return None
    newest = found[1].standings[0]
    return Change(
        what="status" if was and now else "new" if now else "gone",
        territory=territory,
        provider=found[0].names,
        service=newest.names,
        kind=newest.kind,
        was=was,
        now=now,
    )


def _services(trusted_list: TrustedList) -> Iterator[tuple[Hashable, _Place]]:
    """By type, identity, and how often the two stood there before: published lists repeat some."""
    seen: dict[Hashable, int] = {}
    for provider in trusted_list.providers:
        for service in provider.services:
            one = service.standings[0]
            key = (one.kind, tuple(sorted(one.identity.certificates)) or (one.identity.key_ids, one.identity.subjects))
            seen[key] = seen.get(key, 0) + 1
            yield (key, seen[key]), (provider, service)
