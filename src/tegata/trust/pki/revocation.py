"""Is a certificate revoked? (RFC 5280 section 6.3.3, whose letters the comments name.)"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509

from tegata.model.base import Text, t
from tegata.trust.pki.certificate import Certificate
from tegata.trust.pki.crl import ALL_REASONS, RevocationList, Revoked, full_names, same_name
from tegata.trust.pki.names import canonical

Signers = Callable[[RevocationList], Iterable[tuple[object, str]]]
"""Keys that may have signed a list, and what would be too weak in their signature of it, if anything.

To the owner of each leads a valid path from the same anchor (6.3.3 f).
"""


@dataclass(frozen=True)
class Status:
    """`revoked` when it is; otherwise not revoked when `say` is None, else that tells what is missing.

    `indication` is the word for that: TRY_LATER when what there is would do, were it not out of date (clause 5.2.5 of
    EN 319 102-1), CRYPTO_CONSTRAINTS_FAILURE_NO_POE when it is signed too weakly.
    """

    revoked: Revoked | None = None
    say: Text | None = None
    indication: str = "CERTIFICATE_CHAIN_GENERAL_FAILURE"

    @property
    def would_do(self) -> bool:
        """There is something by who may give it, and only age or strength is against it."""
        return self.indication != "CERTIFICATE_CHAIN_GENERAL_FAILURE"


@dataclass(frozen=True)
class _Point:
    """A distribution point: where the certificate says that its revocation would be published (4.2.1.13)."""

    names: tuple[x509.GeneralName, ...] | None
    issuers: tuple[x509.GeneralName, ...] = ()
    reasons: frozenset[x509.ReasonFlags] = ALL_REASONS


def revocation_status(
    certificate: Certificate, lists: Sequence[RevocationList], at: dt.datetime, signers: Signers
) -> Status:
    """What the lists tell of a certificate at a time. Each reason must be covered before it counts as not revoked."""
    missing, why = ALL_REASONS, _NONE
    for point in _points(certificate):
        for crl in lists:
            reasons = crl.reasons & point.reasons  # (d)
            if crl.base_number is not None or not reasons & missing or not _reaches(crl, point, certificate):  # (e)
                continue
            delta = _delta(crl, lists, at, signers)
            problem = _problem(crl, at, signers, updated=delta is not None) or _forgotten(crl, certificate)
            if problem:
                why = why if why.would_do else problem
                continue
            if found := _found(certificate, crl, delta, at):
                return Status(revoked=found)
            missing -= reasons  # (l)
    return why if missing else Status()


def _points(certificate: Certificate) -> Iterator[_Point]:
    """Those of the certificate, then one in the name of its issuer (end of 6.3.3)."""
    issuer = certificate.parsed.issuer
    for point in certificate.extension(x509.CRLDistributionPoints) or ():
        issuers = tuple(point.crl_issuer or ())
        base = next((name.value for name in issuers if isinstance(name, x509.DirectoryName)), issuer)
        names = full_names(point.full_name, point.relative_name, base)
        yield _Point(names, issuers, ALL_REASONS if point.reasons is None else frozenset(point.reasons))
    yield _Point((x509.DirectoryName(issuer),))


def _reaches(crl: RevocationList, point: _Point, certificate: Certificate) -> bool:
    """(b): the list is by whom it should be, about such certificates, and for this distribution point."""
    if point.issuers:
        named = [canonical(name.value) for name in point.issuers if isinstance(name, x509.DirectoryName)]
        if crl.issuer not in named or not crl.is_indirect:
            return False
    elif crl.issuer != certificate.issuer:
        return False
    if not crl.covers_kind(certificate):
        return False
    if crl.point_names is None:
        return True
    wanted = point.issuers if point.names is None else point.names
    return any(same_name(one, other) for one in crl.point_names for other in wanted)


def _problem(crl: RevocationList, at: dt.datetime, signers: Signers, *, updated: bool = False) -> Status | None:
    """Why a list cannot be used; None when it can. `updated`: a delta brings it up to date."""
    if not crl.is_understood:
        return _UNKNOWN
    weak = [weakness for key, weakness in signers(crl) if crl.signed_by(key)]  # (f), (g), (h)
    if not weak:
        return _SIGNER
    if (crl.next_at is None or crl.next_at < at) and not updated:  # (a)
        return _STALE
    return weakly(weak[0]) if all(weak) else None


def _forgotten(crl: RevocationList, certificate: Certificate) -> Status | None:
    """A list need not name certificates that had expired before it was issued (section 5)."""
    return _FORGOTTEN if crl.issued_at > certificate.valid_until else None


def _delta(
    crl: RevocationList, lists: Iterable[RevocationList], at: dt.datetime, signers: Signers
) -> RevocationList | None:
    """(c): the newest delta that continues this list."""
    fitting = [other for other in lists if _continues(other, crl) and _problem(other, at, signers) is None]
    return max(fitting, key=lambda delta: delta.number or 0, default=None)


def _continues(delta: RevocationList, crl: RevocationList) -> bool:
    if delta.base_number is None or delta.number is None or crl.number is None:
        return False
    same = (delta.issuer, delta.scope, delta.authority_key_id) == (crl.issuer, crl.scope, crl.authority_key_id)
    return same and delta.base_number <= crl.number < delta.number


def _found(
    certificate: Certificate, crl: RevocationList, delta: RevocationList | None, at: dt.datetime
) -> Revoked | None:
    """(i) to (k): the delta has the last word; what was revoked later than `at` was not revoked then."""
    entry = (delta.find(certificate) if delta else None) or crl.find(certificate)
    gone = entry is None or entry.reason is x509.ReasonFlags.remove_from_crl or entry.at > at
    return None if gone else entry


def weakly(weakness: str) -> Status:
    """What there is would do, were it not signed so (clause 5.2.8)."""
    say = t(
        f"what tells of its revocation is signed with `{weakness}`, which is too weak",
        f"失効情報の署名に使われた `{weakness}` は弱すぎます",
    )
    return Status(say=say, indication="CRYPTO_CONSTRAINTS_FAILURE_NO_POE")


_NONE: Final = Status(
    say=t(
        "there is no revocation list that covers it: give the one that its issuer publishes",
        "対象となる失効リストがありません。発行者が公開するものを指定してください",
    )
)
_UNKNOWN: Final = Status(
    say=t(
        "its revocation list holds a critical extension that is not understood",
        "失効リストに解釈できない重要な拡張があります",
    )
)
_STALE: Final = Status(
    say=t(
        "its revocation list is out of date: give a newer one",
        "失効リストの期限が切れています。新しいものを指定してください",
    ),
    indication="TRY_LATER",
)
_SIGNER: Final = Status(
    say=t("its revocation list is not signed by somebody who may", "失効リストが権限のある者によって署名されていません")
)
_FORGOTTEN: Final = Status(
    say=t(
        "its revocation list was issued after the certificate expired, when it need not be named any more",
        "失効リストは証明書の期限が切れた後に発行され、もう記載されていないことがあります",
    )
)
