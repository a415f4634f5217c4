"""A list of lists with the lists that it points to: each is used only when it is whole, signed and in time."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tegata.model.base import Text, t
from tegata.model.errors import InputError, TegataError
from tegata.model.trusted_list import ListPointer, TrustedList
from tegata.trust.lists.lotl import check_fresh, open_list_of_lists
from tegata.trust.lists.xml import parse
from tegata.trust.lists.xml_list import TSL, open_xml_list


@dataclass(frozen=True)
class Member:
    """A list that the list of lists points to. Without `trusted_list` it is not used, and `problem` says why."""

    territory: str
    location: str
    trusted_list: TrustedList | None = None
    problem: Text | None = None


@dataclass(frozen=True)
class Family:
    root: TrustedList
    members: tuple[Member, ...]

    @property
    def lists(self) -> tuple[TrustedList, ...]:
        """Those that may be used."""
        return tuple(member.trusted_list for member in self.members if member.trusted_list is not None)


def read_family(
    root: bytes,
    lists: Iterable[bytes],
    *,
    anchors: Sequence[bytes],
    pivots: Mapping[str, bytes],
    at: dt.datetime,
) -> Family:
    """Raises InputError, VerificationError for the list of lists; what is wrong with a member is told with it."""
    opened = open_list_of_lists(root, anchors, pivots)
    check_fresh(opened, at)
    at_hand = _by_territory(lists)
    pointers = (p for p in opened.pointers if p.media_type != "application/pdf" and p.territory != opened.territory)
    return Family(opened, tuple(_member(pointer, at_hand.get(pointer.territory, ()), at) for pointer in pointers))


def _member(pointer: ListPointer, at_hand: Sequence[bytes], at: dt.datetime) -> Member:
    """The newest of the lists at hand that may be used; what is wrong with the newest of all, when none may."""
    problems = []
    for data in at_hand:
        try:
            opened = open_xml_list(data, pointer.signers)
            check_fresh(opened, at)
            return Member(pointer.territory, pointer.location, opened)
        except TegataError as error:
            en, ja = (": ".join(part for part in error.parts(language)[:2] if part) for language in ("en", "ja"))
            problems.append(t(en, ja))
    missing = t("it is not at hand", "手元にありません")
    return Member(pointer.territory, pointer.location, problem=problems[0] if problems else missing)


def _by_territory(lists: Iterable[bytes]) -> dict[str, list[bytes]]:
    """The newest first. Only the head of a list is looked at here: who signed it is found out later."""
    found: dict[str, list[tuple[int, bytes]]] = {}
    for data in lists:
        with contextlib.suppress(InputError, ValueError):
            scheme = parse(data).find(f"{TSL}SchemeInformation")
            if scheme is not None:
                sequence = int(scheme.findtext(f"{TSL}TSLSequenceNumber") or 0)
                found.setdefault((scheme.findtext(f"{TSL}SchemeTerritory") or "").strip(), []).append((sequence, data))
    return {territory: [data for _, data in sorted(each, reverse=True)] for territory, each in found.items()}
