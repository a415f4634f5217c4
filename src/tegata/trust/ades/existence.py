"""By when a signature existed: the walk over proofs of existence of EN 319 102-1 clause 5.6, the same for every form.

A time-stamp proves that what it is over existed by its time. It counts for as long as its authority's certificate, and
those above it, are valid: past their end nobody would tell that the key came into wrong hands, so that tokens of any
time could be made. From then on a token counts only if it existed before: when another one that still counts is over
it (past signature validation, 5.6.2.4). So the walk goes from the latest to the earliest. Each token is judged as of
the time by which it is known to have existed, and what it is over then existed by its own time: it slides backwards in
time from one to the next, and the earliest that holds is by when the signature existed.

A token that does not hold is told and proves nothing, since anybody can put one beside a signature.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.model.base import t
from tegata.model.errors import InputError, VerificationError
from tegata.model.evidence import Check
from tegata.trust.ades.paths import Trust, path_of, readable
from tegata.trust.ades.signature import Ades, Archive
from tegata.trust.checks import OpenError, passed, undecided
from tegata.trust.content import digest_of
from tegata.trust.pki import Certificate, RevocationList, StatusAnswer
from tegata.trust.timestamp import name_of, read_token, verify_token

_MAX_STAMPS: Final = 16  # anybody can put more beside a signature, and each has a path to judge
_DOUBTED: Final = t(
    "the key of its authority was taken back since, and may have made it at any time",
    "認証局の鍵がその後失効しており、いつ作られたものか分かりません",
)
_ENDED: Final = t(
    "the certificate of its authority has ended since, and no later time-stamp that counts is over it",
    "認証局の証明書の期限がその後切れており、有効な後のタイムスタンプの対象にもなっていません",
)
_HARMLESS: Final = frozenset(
    {
        x509.ReasonFlags.affiliation_changed,
        x509.ReasonFlags.superseded,
        x509.ReasonFlags.cessation_of_operation,
        x509.ReasonFlags.privilege_withdrawn,
    }
)
"""Reasons for which a key is taken back that is still in the right hands."""

Proof = tuple[Check, dt.datetime | None]
"""What is said of a token, and by when the signature existed if it holds."""


def proofs_of_existence(signature: Ades, trust: Trust) -> list[Proof]:
    """Each time-stamp of a signature. Never raises."""
    stamps, found = _likely(signature), dict[int, Proof]()
    counting: list[tuple[dt.datetime, frozenset[bytes]]] = []
    for place in sorted(range(len(stamps)), key=lambda one: _stated(stamps[one]), reverse=True):
        one = stamps[place]
        known = min([trust.at, *(at for at, covered in counting if one.token in covered)])
        found[place] = _judged(one, known, signature, trust)
        if (at := found[place][1]) is not None:
            counting.append((at, one.covered))
    return [found[place] for place in range(len(stamps))]


def _likely(signature: Ades) -> list[Archive]:
    """Time-stamps on the very thing first, so that those of something else cannot crowd them out."""
    of_value = digest_of(signature.value)
    stamps = [*(Archive(token, of_value) for token in signature.stamps), *signature.archives]
    return sorted(stamps, key=_strange)[:_MAX_STAMPS]


def _strange(one: Archive) -> bool:
    with contextlib.suppress(VerificationError, OpenError):
        imprint = read_token(one.token)[1].imprint
        return one.digest(imprint.digest) != imprint.value
    return True


def _stated(one: Archive) -> tuple[dt.datetime, int]:
    """The time that a token states; of equals the one that is over more of the others comes first."""
    with contextlib.suppress(VerificationError):
        return read_token(one.token)[1].at, len(one.covered)
    return dt.datetime.min.replace(tzinfo=dt.UTC), 0


def _judged(one: Archive, known: dt.datetime, signature: Ades, trust: Trust) -> Proof:
    """`known`: by when the token itself existed."""

    def trusted(certificate: x509.Certificate, others: Sequence[bytes], at: dt.datetime) -> str:
        own = Certificate.read(certificate.public_bytes(Encoding.DER))
        if _lost(own, signature, trust, others):
            raise OpenError(_DOUBTED)
        path = path_of(own, signature, trust, at, others)
        if not path.passed:
            return trust.clocks(certificate, others, at)
        links = path.chain.links if path.chain else (own,)
        if min(link.valid_until for link in links) < known:
            raise OpenError(_ENDED)
        return name_of(certificate)

    try:
        stamp, name = verify_token(one.token, one.digest, trusted)
    except OpenError as error:
        return undecided("time-stamp", error.say), None
    except (VerificationError, InputError) as error:
        return undecided("time-stamp", error.said), None
    at = stamp.at + (stamp.accuracy or dt.timedelta(0))
    words = f"{at:%Y-%m-%d %H:%M:%S} UTC"
    say = t(f"it existed at {words}, says `{name}`", f"`{name}` によれば {words} に存在していました")
    return passed("time-stamp", say), at


def _lost(certificate: Certificate, signature: Ades, trust: Trust, others: Sequence[bytes]) -> bool:
    """Whether an authority's certificate was taken back, as known by now, for a reason that casts doubt on its past.

    With a key in wrong hands tokens of any time can be made, and one that was taken back without a reason counts as
    such a one (RFC 3161 section 4).
    """
    now = min(trust.at, certificate.valid_until)
    if path_of(certificate, signature, trust, now, others).verification.sub_indication != "REVOKED_NO_POE":
        return False
    lists = (*trust.lists, *readable(signature.lists, RevocationList.read))
    answers = (*trust.answers, *readable(signature.answers, StatusAnswer.read))
    told = [crl.find(certificate) for crl in lists]
    told += [one.revoked for answer in answers for one in answer.singles if one.serial == certificate.serial]
    return any(one is not None and one.reason not in _HARMLESS for one in told)
