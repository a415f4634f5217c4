"""Paths of certificates to whom the reader trusts, with all that the reader and a signature bring."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tegata.model.errors import InputError
from tegata.trust.ades.signature import Ades
from tegata.trust.pki import Anchor, Certificate, PathPolicy, RevocationList, StatusAnswer, validate_path
from tegata.trust.pki.path import PathResult
from tegata.trust.timestamp import Trust as Clocks
from tegata.trust.timestamp import nobody

T = TypeVar("T")


@dataclass(frozen=True)
class Trust:
    """What the reader brings: anchors, the time in question, and what may serve as links and revocation lists."""

    anchors: tuple[Certificate, ...]
    at: dt.datetime
    others: tuple[Certificate, ...] = ()
    lists: tuple[RevocationList, ...] = ()
    answers: tuple[StatusAnswer, ...] = ()
    revocation: bool = True  # whether each certificate must be known not to be revoked
    freshness: dt.timedelta = dt.timedelta(0)  # for how long an OCSP answer counts that does not say until when
    clocks: Clocks = nobody  # time-stamping authorities beside those that lead to an anchor


def path_of(
    certificate: Certificate, signature: Ades, trust: Trust, at: dt.datetime, others: Sequence[bytes] = ()
) -> PathResult:
    """Whether a certificate leads to an anchor as of a time, with all that the reader and the signature bring."""
    return validate_path(
        certificate,
        anchors=[Anchor(one) for one in trust.anchors],
        others=(*trust.others, *readable((*signature.others, *others), Certificate.read)),
        lists=(*trust.lists, *readable(signature.lists, RevocationList.read)),
        answers=(*trust.answers, *readable(signature.answers, StatusAnswer.read)),
        at=at,
        policy=PathPolicy(revocation=trust.revocation, freshness=trust.freshness),
    )


def readable(raw: Sequence[bytes], read: Callable[[bytes], T]) -> list[T]:
    """What came along and does not read is of no use, and no fault of the signature."""
    found = []
    for one in raw:
        try:
            found.append(read(one))
        except InputError:
            continue
    return found
