"""Verifying an evidence record (RFC 4998 section 5.3), step by step, offline; the time is an argument.

1  form        it is one record                                                     gate
2  signature   each token holds, with a certificate that was valid then             gate
3  order       each time-stamp is later than the one before
4  data        the first covers the bytes at hand                                   open when there are none
5  renewals    each other covers what came before it
6  validity    each certificate was still valid when the next came                  open when not
7  algorithms  each algorithm was still good when the next came                     open when not
8  issuer      the reader trusts each authority                                     open when it does not
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tegata.model.base import Text, t
from tegata.model.errors import VerificationError
from tegata.model.evidence import Check, Verification
from tegata.trust import der
from tegata.trust.checks import OpenError, attempt, concluded, failed, passed
from tegata.trust.cms import SignedData, public_key
from tegata.trust.content import DigestOf, digest_of
from tegata.trust.evidence_record import ArchiveTimeStamp, EvidenceRecord, own_hash, read_record, root_of
from tegata.trust.timestamp import TimeStamp, Trust, check_valid, name_of, read_token, verify_issue

Ends = Mapping[str, dt.datetime]
"""When an algorithm is no longer good, by its name: `sha256`, `p256`, `rsa2048` ... One that is not named is good."""

_NO_DATA: Final = t("no data was given to compare with: give the file too", "比べるファイルがありません")


class _Token(NamedTuple):
    """A time-stamp of the record; `until`: when the next came, or now."""

    stamp: ArchiveTimeStamp
    signed: SignedData
    says: TimeStamp
    certificate: x509.Certificate
    until: dt.datetime
    number: int
    place: int


class _Case(NamedTuple):
    record: EvidenceRecord
    tokens: tuple[_Token, ...]
    digest: DigestOf | None
    clocks: Trust
    ends: Ends


def is_record(data: bytes) -> bool:
    """Whether these bytes are an evidence record, good or bad, rather than a time-stamp or other signed data."""
    try:
        first, second = der.parts(der.read(data))[:2]
    except (VerificationError, ValueError):
        return False
    return (first.tag, second.tag) == (der.INTEGER, der.SEQUENCE)


def verify_record(data: bytes, digest: DigestOf | None, clocks: Trust, now: dt.datetime, ends: Ends) -> Verification:
    """Tells whether a record still proves when an object existed. Never raises for what `data` is.

    Args:
        digest: digests of the object at hand; None when there is none to compare.
        clocks: which time-stamping authorities the reader trusts.
        now: the time of which the question is asked.
    """
    checks: list[Check] = []
    try:
        record = read_record(data)
        checks.append(passed("form", t("it is a well-formed evidence record", "正しい形式の証拠記録です")))
        tokens = tuple(_tokens(record, now))
        checks.append(passed("signature", _said(tokens)))
    except VerificationError as error:
        return concluded([*checks, failed(("form", "signature")[len(checks)], error)], None)
    case = _Case(record, tokens, digest, clocks, ends)
    return concluded([*checks, *(attempt(name, step, case) for name, step in _STEPS.items())], None)


def _tokens(record: EvidenceRecord, now: dt.datetime) -> Iterator[_Token]:
    places = [(number, place) for number, chain in enumerate(record.chains) for place in range(len(chain))]
    times = [record.chains[number][place].at for number, place in places[1:]]
    for (number, place), until in zip(places, (*times, now), strict=True):
        stamp = record.chains[number][place]
        signed, says = read_token(stamp.token)
        yield _Token(stamp, signed, says, verify_issue(signed, says), until, number, place)


def _said(tokens: tuple[_Token, ...]) -> Text:
    first, count = tokens[0].says.at, len(tokens) - 1
    return t(
        f"stamped at {first:%Y-%m-%d %H:%M:%S} UTC, renewed {count} times",
        f"{first:%Y-%m-%d %H:%M:%S} UTC に証明され、{count} 回更新されました",
    )


def _order(case: _Case) -> Text:
    if any(token.says.at > token.until for token in case.tokens):
        raise VerificationError(t("a time-stamp is earlier than the one before", "時刻の順序が逆です"))
    return t("each is later than the one before", "時刻は順に並んでいます")


def _data(case: _Case) -> Text:
    if case.digest is None:
        raise OpenError(_NO_DATA)
    _covers(case, case.tokens[0], case.digest)
    return t("the first covers, byte for byte, this content", "最初の証明はこの内容と一バイトも違いません")


def _renewals(case: _Case) -> Text:
    for token in case.tokens[1:]:
        if token.place == 0 and case.digest is None:
            raise OpenError(_NO_DATA)
        _covers(case, token, case.digest or digest_of(b""))  # a renewal within a chain needs no object
    return t("each renewal covers all before it", "更新はそれぞれ以前のすべてを含みます")


def _covers(case: _Case, token: _Token, digest: DigestOf) -> None:
    own = own_hash(case.record.chains, token.number, token.place, digest)
    imprint = token.says.imprint
    if imprint.digest != token.stamp.digest or imprint.value != root_of(token.stamp, own):
        raise VerificationError(t("the record is of other content", "記録は別の内容のものです"))


def _validity(case: _Case) -> Text:
    for token in case.tokens:
        try:
            check_valid(token.certificate, token.until)
        except VerificationError:
            raise OpenError(
                t(
                    f"the certificate of `{name_of(token.certificate)}` ran out before its time-stamp was renewed",
                    f"`{name_of(token.certificate)}` の証明書が、更新より前に期限切れになりました",
                )
            ) from None
    return t("each certificate was valid until the next time-stamp", "証明書はそれぞれ次の証明まで有効でした")


def _algorithms(case: _Case) -> Text:
    for token in case.tokens:
        for name in _names(token):
            if name in case.ends and token.until >= case.ends[name]:
                raise OpenError(
                    t(
                        f"`{name}` was no longer good before its time-stamp was renewed",
                        f"`{name}` は、更新より前に安全でなくなりました",
                    )
                )
    return t("each algorithm was good until the next time-stamp", "アルゴリズムはそれぞれ次の証明まで有効でした")


def _names(token: _Token) -> set[str]:
    return {token.stamp.digest, token.says.imprint.digest, token.signed.signers[0].digest, _kind(token.certificate)}


def _kind(certificate: x509.Certificate) -> str:
    key: Any = public_key(certificate)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"p{key.key_size}"
    return f"rsa{key.key_size}" if isinstance(key, rsa.RSAPublicKey) else type(key).__name__.lower()


def _issuer(case: _Case) -> Text:
    names = []
    for token in case.tokens:
        try:
            names.append(case.clocks(token.certificate, token.signed.certificates, token.says.at))
        except VerificationError:
            name = name_of(token.certificate)
            raise OpenError(
                t(
                    f"whether you trust `{name}` is not known: give its certificate with `--tsa`",
                    f"`{name}` を信頼するかどうかが未設定です。証明書を `--tsa` で指定してください",
                )
            ) from None
    said = ", ".join(f"`{name}`" for name in dict.fromkeys(names))
    return t(f"you trust {said}", f"{said} を信頼しています")


_STEPS: Final = {
    "order": _order,
    "data": _data,
    "renewals": _renewals,
    "validity": _validity,
    "algorithms": _algorithms,
    "issuer": _issuer,
}
