"""Verifying a time-stamp over a file, step by step, offline and without a clock.

1  form       it is one token, alone or in the answer that granted it             gate
2  signature  an authority signed it with a certificate for that, valid then      gate
3  data       it is of the bytes at hand                                          open when there are none
4  issuer     the reader trusts the authority                                     open when it does not
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cryptography import x509

from tegata.model.base import Text, t
from tegata.model.errors import VerificationError
from tegata.model.evidence import Check, Verification
from tegata.trust import der
from tegata.trust.checks import OpenError, attempt, concluded, failed, passed
from tegata.trust.cms import read_signed
from tegata.trust.content import DigestOf
from tegata.trust.timestamp import TST_INFO, TimeStamp, Trust, name_of, read_token, token_of, verify_issue


class _Case(NamedTuple):
    stamp: TimeStamp
    certificate: x509.Certificate
    others: Sequence[bytes]
    digest: DigestOf | None
    clocks: Trust


def verify_time_stamp(data: bytes, digest: DigestOf | None, clocks: Trust) -> Verification:
    """Tells whether a token or an answer of RFC 3161 holds. Never raises for what `data` is.

    Args:
        digest: digests of the bytes at hand; None when there are none to compare.
        clocks: which time-stamping authorities the reader trusts.
    """
    checks: list[Check] = []
    try:
        signed, stamp = read_token(_token(data))
        checks.append(passed("form", t("it is a well-formed time-stamp", "正しい形式のタイムスタンプです")))
        certificate = verify_issue(signed, stamp)
        checks.append(passed("signature", _said(stamp, certificate)))
    except VerificationError as error:
        return concluded([*checks, failed(("form", "signature")[len(checks)], error)], None)
    case = _Case(stamp, certificate, signed.certificates, digest, clocks)
    return concluded([*checks, attempt("data", _data, case), attempt("issuer", _issuer, case)], None)


def is_time_stamp(data: bytes) -> bool:
    """Whether these bytes are a token or an answer of RFC 3161, good or bad, rather than other signed data."""
    if data[:1] != b"\x30":
        return False
    try:
        first = der.Fields(der.read(der.definite(data) if data[1:2] == b"\x80" else data)).take()
        return first.tag == der.SEQUENCE or read_signed(data).content_type == TST_INFO
    except VerificationError:
        return False


def _token(data: bytes) -> bytes:
    first = der.Fields(der.read(data)).take()
    return data if first.tag == der.OID else token_of(data)


def _said(stamp: TimeStamp, certificate: x509.Certificate) -> Text:
    name, at = name_of(certificate), stamp.at.strftime("%Y-%m-%d %H:%M:%S")
    give = f" ± {stamp.accuracy.total_seconds():g} s" if stamp.accuracy else ""
    return t(f"`{name}` signed that it existed at {at} UTC{give}", f"`{name}` が {at} UTC{give} の存在を証明しました")


def _data(case: _Case) -> Text:
    if case.digest is None:
        raise OpenError(t("no data was given to compare with: give the file too", "比べるファイルがありません"))
    if case.digest(case.stamp.imprint.digest) != case.stamp.imprint.value:
        raise VerificationError(t("the time-stamp is of other content", "タイムスタンプは別の内容のものです"))
    return t("this is, byte for byte, what was stamped", "証明された内容と一バイトも違いません")


def _issuer(case: _Case) -> Text:
    try:
        name = case.clocks(case.certificate, case.others, case.stamp.at)
    except VerificationError:
        name = name_of(case.certificate)
        raise OpenError(
            t(
                f"whether you trust `{name}` is not known: give its certificate, or one above it, with `--tsa`",
                f"`{name}` を信頼するかどうかが未設定です。証明書（または上位の証明書）を `--tsa` で指定してください",
            )
        ) from None
    return t(f"you trust the authority `{name}`", f"時刻認証局 `{name}` を信頼しています")
