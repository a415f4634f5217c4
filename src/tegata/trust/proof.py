"""Any document that proves something by itself, verified by what it is.

Passports, credentials of them, evidence packages, proofs that a log was forked, time-stamps and evidence records. What
is signed by certificates (AdES) stands in `ades.reading`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.model.evidence import Verification
from tegata.trust.content import DigestOf
from tegata.trust.credential import is_credential, verify_credential
from tegata.trust.fork import verify_fork_document
from tegata.trust.key_history import Rolls
from tegata.trust.package import is_package, verify_package
from tegata.trust.record_verification import is_record, verify_record
from tegata.trust.time_verification import is_time_stamp, verify_time_stamp
from tegata.trust.timestamp import Trust
from tegata.trust.verify import verify_passport


class Reader(NamedTuple):
    """Whom and which clocks a reader trusts, which rolls of keys they have, and as of when they ask."""

    trusted: Mapping[str, str]
    clocks: Trust
    rolls: Rolls
    at: Callable[[], dt.datetime]


class Beside(NamedTuple):
    """The data beside a proof, looked at only where it speaks of any: None where there are none.

    `measure` gives digest (`sha256:...`) and size in bytes of what was handed over; `digests` those of one file.
    """

    measure: Callable[[], tuple[str, int] | None]
    digests: Callable[[], DigestOf | None]


def verify_proof(document: bytes, called: str, beside: Beside, reader: Reader) -> Verification:
    """Tells whether a document of this name proves what it says.

    Raises InputError for what cannot be any of these, and whatever `beside` and `reader.at` raise.
    """
    trusted, clocks, rolls, at = reader
    if document.startswith(b"PK"):
        return verify_package(document, trusted, clocks, rolls)
    if is_record(document):
        return verify_record(document, beside.digests(), clocks, at(), {})
    if is_time_stamp(document):
        return verify_time_stamp(document, beside.digests(), clocks)
    if document.lstrip().startswith(b"{"):
        return verify_fork_document(document.strip(), rolls)
    text = _line(document, called)
    verify = verify_credential if is_credential(text) else verify_passport
    return verify(text, beside.measure(), trusted, clocks, rolls)


def proves_by_itself(document: bytes) -> bool:
    """Whether bytes that begin like a ZIP or like DER are for `verify_proof`, rather than a signature over others."""
    return is_package(document) if document.startswith(b"PK") else is_record(document) or is_time_stamp(document)


def is_key(text: str) -> bool:
    """Whether it names a key: a did, or the vkey (C2SP signed-note) of a witness that is no participant."""
    return text.startswith("did:") or text.count("+") >= 2  # base64 may hold more


def _line(document: bytes, called: str) -> str:
    try:
        return document.strip().decode("ascii")
    except UnicodeDecodeError:
        raise InputError(
            t(f"`{called}` is not a passport", f"`{called}` は手形ではありません"),
            why=t("a passport is one line of letters, digits and dots", "手形は英数字と点の 1 行です"),
        ) from None
