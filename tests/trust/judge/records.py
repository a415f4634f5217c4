"""Time-stamps and evidence records that others made."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.model.errors import VerificationError
from tegata.trust.certificates import load_certificates
from tegata.trust.cms import read_signed
from tegata.trust.content import digest_of
from tegata.trust.evidence_record import read_record, root_of
from tegata.trust.record_verification import verify_record
from tegata.trust.timestamp import check_valid, nobody, pinned, read_token, token_of, verify_token
from tests.shared_data import shared_data
from tests.trust.judge.case import Case, accepts

MADE_AT = dt.datetime(2017, 4, 1, tzinfo=dt.UTC)
"""When the records of the BSI were new."""


class Token(NamedTuple):
    """`at`: a time at which its certificate must have been valid, other than its own."""

    file: str
    chain: str
    content: bytes
    good: bool
    at: dt.datetime | None = None


def time_stamps() -> Iterator[Case]:
    folder = shared_data("timestamps")
    for number, one in enumerate(_tokens(folder)):
        yield Case(f"{number} {one.file}", one.good, accepts(lambda: _verify(folder, one)))  # noqa: B023 - called at once


def _tokens(folder: Path) -> Iterator[Token]:
    """As `expected.csv` has them; what a reader asked for (nonce, policy) is the matter of tests of our own."""
    test, stage, mock = "test_tsa/ts_chain.pem", "sigstage/ts_chain.pem", "sigstore.mock/ts_chain.pem"
    payload = (folder / "sigstore.mock" / "payload").read_bytes()
    for name in ("response-sha256", "response-sha384", "response-sha512", "response-no-embedded-cert"):
        yield Token(f"sigstage/{name}.tsr", stage, b"hello", good=True)
    yield Token("sigstage/response-invalid-signature.tsr", stage, b"hello", good=False)
    yield Token("test_tsa/response.tsr", test, b"hello", good=True)
    yield Token("test_tsa/response.tsr", test, b"other", good=False)
    yield Token("test_tsa/response.tsr", "", b"hello", good=False)
    yield Token("test_tsa/response.tsr", stage, b"hello", good=False)
    yield Token("test_tsa/response-injected-certs.tsr", test, b"hello", good=True)
    yield Token("identrust/issue-104.tsr", "identrust/ts_chain.pem", b"hello", good=True)
    yield Token("sigstore.mock/response-expired.tsr", mock, payload, good=True)
    late = dt.datetime(2025, 7, 21, tzinfo=dt.UTC)
    yield Token("sigstore.mock/response-expired.tsr", mock, payload, good=False, at=late)


def _verify(folder: Path, one: Token) -> None:
    above = load_certificates(folder / one.chain) if one.chain else []
    raw = [each.public_bytes(Encoding.DER) for each in above]
    token = token_of((folder / one.file).read_bytes())
    verify_token(token, digest_of(one.content), pinned(above) if above else nobody, raw)
    if one.at is not None:
        signed = read_signed(token)
        check_valid(signed.certificate_of(signed.signers[0], raw), one.at)


def evidence_records() -> Iterator[Case]:
    """Records of two makers. The object of those called ER_ is not in the set: all but it is judged."""
    if "BSI_RECORDS" not in os.environ:
        pytest.skip("say in BSI_RECORDS where the folder `tsp` of bcgit/bc-test-data is")
    folder = Path(os.environ["BSI_RECORDS"])
    for path in sorted(folder.rglob("*.ers")):
        data, name = path.read_bytes(), "/".join(path.parts[-2:])
        if path.name.startswith("ER_"):
            yield Case(name, "_OK_" in path.name, accepts(lambda: _stands(data)))  # noqa: B023 - called at once
            continue
        content = (path.parent / "BIN.bin").read_bytes()
        yield Case(name, True, _holds(data, content), "a time-stamp rests on SHA-1")
        yield Case(f"{name}, other content", False, _holds(data, content + b"."))


def _holds(data: bytes, content: bytes) -> bool:
    clocks = pinned(_certificates(data)) if accepts(lambda: _certificates(data)) else nobody
    return verify_record(data, digest_of(content), clocks, MADE_AT, {}).verdict == "total-passed"


def _certificates(data: bytes) -> list[x509.Certificate]:
    """Those that its time-stamps bring: whom to trust is not the question here."""
    tokens = [read_signed(stamp.token) for chain in read_record(data).chains for stamp in chain]
    return [x509.load_der_x509_certificate(raw) for token in tokens for raw in token.certificates]


def _stands(data: bytes) -> None:
    """Raises VerificationError unless every way ends where a time-stamp is, and each covers what came before."""
    told = verify_record(data, None, pinned(_certificates(data)), MADE_AT, {})
    if told.sub_indication != "SIGNED_DATA_NOT_FOUND":
        raise VerificationError(told.sub_indication)
    for stamp in (stamp for chain in read_record(data).chains for stamp in chain):
        if root_of(stamp, stamp.tree[0][0]) != read_token(stamp.token)[1].imprint.value:
            raise VerificationError("a way ends elsewhere")
