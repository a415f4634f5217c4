"""Time-stamping authorities for whom trusted lists vouch, as of the time that a token states."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.model.errors import InputError, VerificationError
from tegata.model.trusted_list import TrustedList
from tegata.trust.lists.family import members_of
from tegata.trust.lists.listing import Finding, Index
from tegata.trust.lists.lotl import open_list_of_lists
from tegata.trust.lists.xml_list import open_xml_list
from tegata.trust.pki import Certificate
from tegata.trust.timestamp import Trust, name_of, nobody

ROOT: Final = "root.xml"
_KINDS: Final = ("/Svctype/TSA", "/Svctype/TSA/QTST", "/Svctype/TSA/TSS-QC", "/Svctype/TSA/TSS-AdESQCandQES")
_GOOD: Final = ("granted", "recognisedatnationallevel", "undersupervision", "supervisionincessation", "accredited")
"""Ends of the status URIs by which a service counted (TS 119 612 clause 5.5.4, and those of before 2016)."""


def listed(snapshot: Mapping[str, bytes], anchors: Sequence[bytes]) -> Trust:
    """Trust in the authorities of a snapshot of lists.

    A list speaks for a time if it was issued later, since it tells the history, or was still good then.

    Args:
        snapshot: lists by file name; `root.xml` is the list of lists, pivots have the names that it gives them.
        anchors: certificates (DER) of those who may sign the list of lists.

    Raises InputError, VerificationError for the list of lists; members that do not hold vouch for nobody.
    """
    root = open_list_of_lists(snapshot.get(ROOT, b""), anchors, snapshot)
    others = [data for name, data in snapshot.items() if name != ROOT]
    index = Index([root, *(one for data in others for one in _opened(data, root))])

    def trust(certificate: x509.Certificate, brought: Sequence[bytes], at: dt.datetime) -> str:
        found = (one for one in index.find(Certificate.read(certificate.public_bytes(Encoding.DER)), at))
        known = next((one for one in found if _vouches(one, at) and _reaches(root, at)), None)
        return _called(certificate, known) if known is not None else nobody(certificate, brought, at)

    return trust


def _opened(data: bytes, root: TrustedList) -> list[TrustedList]:
    """The list, where it is one that the list of lists points to, signed by whom that names."""
    for pointer in members_of(root):
        with suppress(InputError, VerificationError):
            found = open_xml_list(data, pointer.signers)
            if found.territory == pointer.territory:
                return [found]
    return []


def _vouches(found: Finding, at: dt.datetime) -> bool:
    standing = found.standing
    if standing is None or not standing.understood or not _reaches(found.trusted_list, at):
        return False
    return standing.kind.endswith(_KINDS) and standing.status.rpartition("/")[2] in _GOOD


def _reaches(one: TrustedList, at: dt.datetime) -> bool:
    return one.issued_at > at or one.next_update is None or one.next_update >= at


def _called(certificate: x509.Certificate, found: Finding) -> str:
    one = found.trusted_list
    return f"{name_of(certificate)} ({one.territory[:8]} {one.sequence})"


def either(*trusts: Trust) -> Trust:
    """Whoever one of them trusts, by the first that does."""

    def trust(certificate: x509.Certificate, others: Sequence[bytes], at: dt.datetime) -> str:
        for one in trusts:
            with suppress(VerificationError):
                return one(certificate, others, at)
        return nobody(certificate, others, at)

    return trust
