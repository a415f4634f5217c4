"""Releases that their consumer alone can open: CMS for the certificate that it names in its request.

The request is signed by the consumer's key, so the certificate is the one that it wants; whether anybody else vouches
for it is not asked. What lies at the provider, waits behind its address and goes over the line is the envelope, and
nothing else: its log entry says what is in it.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from msgspec import UNSET

from tegata import durable
from tegata.model.base import t
from tegata.model.catalog import FOR_RECIPIENT
from tegata.model.decision import Condition
from tegata.model.errors import InputError, ProtocolError, TegataError
from tegata.model.plan import Release
from tegata.model.process import TransferProcess
from tegata.tables import digest_file
from tegata.transfer.parts import no_disk
from tegata.trust.certificates import read_certificates
from tegata.trust.envelope import RANDOM_SIZE, check_recipient, envelop
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.address import DOORS_PULL

FORMAT: Final = "p7m"


@dataclass(frozen=True)
class Recipient:
    """For whose key a release is encrypted, and when it is."""

    certificate: bytes  # DER
    at: dt.datetime

    @property
    def fingerprint(self) -> str:
        return f"sha256:{hashlib.sha256(self.certificate).hexdigest()}"


@dataclass(frozen=True)
class Inside:
    """What is in an envelope, and for which certificate that is."""

    certificate: str  # sha256 of its DER
    data_digest: str
    data_size: int
    data_format: str


def asks_for_envelope(conditions: Sequence[Condition]) -> bool:
    return any(condition.verb == FOR_RECIPIENT for condition in conditions)


def certificate_in(message: m.TransferRequestMessage, conditions: Sequence[Condition], at: dt.datetime) -> str:
    """The certificate of a request, as it is kept; "" where the data leaves as it is.

    Raises:
        ProtocolError: the agreement asks for one and none is named, or it is not for that; or the data is to stay
            behind doors, which would have to read what only the consumer can.
    """
    named = "" if message.certificate is UNSET else message.certificate
    if not named and not asks_for_envelope(conditions):
        return ""
    if message.format == DOORS_PULL:
        raise no_doors(ProtocolError)
    if not named:
        raise no_certificate(ProtocolError)
    try:
        check_certificate(named, at)
    except InputError as error:
        raise ProtocolError(error.what, why=error.why) from None
    return named


def check_certificate(named: str, at: dt.datetime) -> None:
    """InputError unless files can be encrypted for this certificate (DER in base64)."""
    try:
        check_recipient(read_certificates(base64.b64decode(named, validate=True))[0], at)
    except binascii.Error:
        raise InputError(t("this is no certificate", "証明書ではありません"), why="base64") from None


def recipient_of(transfer: TransferProcess, at: dt.datetime) -> Recipient | None:
    return Recipient(base64.b64decode(transfer.certificate), at) if transfer.certificate else None


def enveloped(release: Release, file: Path, recipient: Recipient) -> tuple[Release, Path, Inside]:
    """The release in an envelope, which takes the place of its file. One pass, whatever the size.

    Raises:
        InputError: the certificate is no longer for that, or the file has more than 64 GiB.
        StoreError: the disk is full.
    """
    out = file.with_name(f"{file.name}.{FORMAT}")
    (certificate,) = read_certificates(recipient.certificate)
    try:
        with file.open("rb") as plain, out.open("wb") as copy:
            envelop(plain, release.size, copy, [certificate], recipient.at, secrets.token_bytes(RANDOM_SIZE))
        durable.sync(out)
        file.unlink()
        digest, size = digest_file(out), out.stat().st_size
    except OSError as error:
        raise no_disk(error) from error
    inside = Inside(recipient.fingerprint, release.digest, release.size, release.format)
    return msgspec.structs.replace(release, digest=digest, size=size, format=FORMAT), out, inside


def no_doors(kind: type[TegataError]) -> TegataError:
    """Said by both sides, by each in its way."""
    return kind(
        t("data that only you can open does not stay behind doors", "自分だけが開けるデータは入口では開けません"),
        why=t("doors would have to read its tables", "入口は表を読む必要があります"),
        hint=t("ask without `--doors`", "`--doors` を付けずに要求してください"),
    )


def no_certificate(kind: type[TegataError]) -> TegataError:
    """The same."""
    return kind(
        t("no certificate is named", "証明書の指定がありません"),
        why=t("the terms ask to encrypt for the key of one", "条件はその鍵による暗号化を求めています"),
        hint=t(
            "name it: `tegata get --for CERT`, or `certificate` in node.yaml",
            "`tegata get --for CERT` か node.yaml の `certificate` で指定します",
        ),
    )
