"""A list of lists with the lists that it points to: each is used only when it is whole, signed and in time."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tegata.model.base import Text, t
from tegata.model.errors import InputError, TegataError, VerificationError
from tegata.model.trusted_list import ListPointer, TrustedList
from tegata.trust.lists.lotl import check_fresh, open_list_of_lists
from tegata.trust.lists.xml_list import TSL, open_xml_list
from tegata.trust.xml import parse


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
    return Family(opened, tuple(_member(one, at_hand.get(one.territory, ()), at) for one in members_of(opened)))


def members_of(root: TrustedList) -> tuple[ListPointer, ...]:
    """Where the lists of others are that it stands behind; what is only for people is left out."""
    return tuple(p for p in root.pointers if p.media_type != "application/pdf" and p.territory != root.territory)


def _member(pointer: ListPointer, at_hand: Sequence[bytes], at: dt.datetime) -> Member:
    """The newest of the lists at hand that may be used; what is wrong with the newest of all, when none may."""
    problems = []
    for data in at_hand:
        try:
            return Member(pointer.territory, pointer.location, open_member(data, pointer, at))
        except TegataError as error:
            problems.append(error.said)
    missing = t("it is not at hand", "手元にありません")
    return Member(pointer.territory, pointer.location, problem=problems[0] if problems else missing)


def open_member(data: bytes, pointer: ListPointer, at: dt.datetime) -> TrustedList:
    """A list that the list of lists points to, in time. Raises InputError, VerificationError."""
    opened = open_xml_list(data, pointer.signers)
    if opened.territory != pointer.territory:
        raise VerificationError(
            t(f"it is the list of `{opened.territory[:8]}`", f"`{opened.territory[:8]}` のリストです"),
            why=t(f"that of `{pointer.territory}` was asked for", f"`{pointer.territory}` のものが必要です"),
        )
    check_fresh(opened, at)
    return opened


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
