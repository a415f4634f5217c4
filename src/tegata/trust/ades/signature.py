"""What every form of advanced signature says, once it is read and before anything of it is believed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from tegata.model.base import Text, t
from tegata.model.errors import VerificationError
from tegata.trust.checks import OpenError
from tegata.trust.content import Content, DigestOf

Contents = Mapping[str, Content]
"""What lies beside a signature, by name. The name "" stands for whatever one thing the signature is about."""

MAX_SIGNATURE: Final = 8 << 20
MAX_OBJECTS: Final = 10_000
MAX_SIGNATURES: Final = 64  # of one document, and time-stamps of one container


class Archive(NamedTuple):
    """A time-stamp token, digests of what it is over, and the other tokens among that."""

    token: bytes
    digest: DigestOf
    covered: frozenset[bytes] = frozenset()


@dataclass(frozen=True)
class Ades:
    """One signature as it was read. `data` and `signature` raise VerificationError, or OpenError without data."""

    form: str
    certificate: bytes  # DER: the one that the signed reference means
    others: tuple[bytes, ...]  # certificates that came with it
    lists: tuple[bytes, ...]  # revocation lists that came with it
    signed_at: dt.datetime | None  # as the signer says
    data: Callable[[], Text]  # that the bytes at hand are those that were signed
    signature: Callable[[], Text]  # that the key of the certificate signed them
    value: bytes  # what time-stamps on the signature are over
    stamps: tuple[bytes, ...] = ()  # their tokens (DER)
    answers: tuple[bytes, ...] = ()  # OCSP answers that came with it
    archives: tuple[Archive, ...] = ()  # over the signature and all that came with it

    @property
    def level(self) -> str:
        """The baseline level that it has the parts of; whether they hold is another question."""
        if not (self.stamps or self.archives):
            return "B-B"
        if not (self.lists or self.answers):
            return "B-T"
        return "B-LTA" if self.archives else "B-LT"


class NoCertificateError(VerificationError):
    """The certificate of the signer is not there, or is not the one that the signature means."""


def find(contents: Contents, name: str) -> Content:
    """The content that a signature calls `name`. Raises OpenError when it is not at hand."""
    found = contents.get(name) or contents.get("")
    if found is None:
        raise absent(name)
    return found


def absent(name: str) -> OpenError:
    return OpenError(t(f"`{name}` was signed, and is not at hand", f"署名された `{name}` が手元にありません"))


def other_content(name: str) -> VerificationError:
    return VerificationError(t(f"`{name}` is not what was signed", f"`{name}` は署名されたものと異なります"))
