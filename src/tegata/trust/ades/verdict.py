"""Whether an advanced signature holds, in the terms of ETSI EN 319 102-1, with a reason for each step.

    1  form          it reads as one signature of its kind      FORMAT_FAILURE                        gate
    2  certificate   the one that the signature means is there  open: NO_SIGNING_CERTIFICATE_FOUND    gate
    3  data          the bytes at hand are those signed         HASH_FAILURE; open: SIGNED_DATA_NOT_FOUND
    4  signature     the key of the certificate signed          SIG_CRYPTO_FAILURE
    5  signing time  the signer says when it was made           open: SIG_CONSTRAINTS_FAILURE
    6  beginning     its certificate had begun by then          NOT_YET_VALID
    7  key usage     it may sign documents                      open: CHAIN_CONSTRAINTS_FAILURE
    8  time-stamp    it existed by then; one for each stamp     (none: a stamp that does not hold proves nothing)
    9  ...           the path to an anchor, step by step        open, as the path says (RFC 5280 section 6)

The certificate is judged as of the earliest time by which the signature is known to exist: that of a time-stamp, else
the one in question. So a key that ended or was revoked later does not undo what it signed before (clause 5.5).

A signature is TOTAL-FAILED only by what no later knowledge can mend: form, data, signature, a certificate that begins
after the time at which the signature is known to exist. All else about certificates leaves it INDETERMINATE, as another
anchor, a revocation list or a time-stamp may mend it (clause 5.1.3).
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from tegata.model.base import Text, t
from tegata.model.errors import InputError, TegataError, VerificationError
from tegata.model.evidence import Check, Verification
from tegata.trust.ades.signature import Ades, NoCertificateError
from tegata.trust.checks import OpenError, failed, passed
from tegata.trust.content import DigestOf, digest_of
from tegata.trust.pki import Anchor, Certificate, PathPolicy, RevocationList, StatusAnswer, validate_path
from tegata.trust.public_key import WeakError
from tegata.trust.timestamp import Trust as Clocks
from tegata.trust.timestamp import name_of, nobody, read_token, verify_token

T = TypeVar("T")
_WEAK: Final = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
_MAX_STAMPS: Final = 16  # anybody can put more beside a signature, and each has a path to judge
_DOUBTED: Final = t(
    "the key of its authority was taken back since, and may have made it at any time",
    "認証局の鍵がその後失効しており、いつ作られたものか分かりません",
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
_NOT_FOR_DOCUMENTS: Final = frozenset(
    {
        ExtendedKeyUsageOID.TIME_STAMPING,
        ExtendedKeyUsageOID.OCSP_SIGNING,
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CODE_SIGNING,
    }
)


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


def judge(read: Callable[[], Ades], trust: Trust) -> Verification:
    """Never raises, whatever was signed. `read` raises VerificationError for what does not read."""
    try:
        signature = read()
        certificate = Certificate.read(signature.certificate)
    except NoCertificateError as error:
        check = Check(name="certificate", verdict="indeterminate", say=failed("certificate", error).say)
        return Verification(verdict="indeterminate", sub_indication="NO_SIGNING_CERTIFICATE_FOUND", checks=(check,))
    except WeakError as error:
        check = Check(name="algorithms", verdict="indeterminate", say=failed("algorithms", error).say)
        return Verification(verdict="indeterminate", sub_indication=_WEAK, checks=(check,))
    except (VerificationError, InputError) as error:
        return unreadable(error)
    stamps = [_stamp(token, digest, signature, trust) for token, digest in _likely(signature)]
    existed = min([trust.at, *(at for _, at in stamps if at)])
    told = [
        (_form(signature), ""),
        (_named(certificate), ""),
        _step("data", signature.data, "HASH_FAILURE", "SIGNED_DATA_NOT_FOUND"),
        _step("signature", signature.signature, "SIG_CRYPTO_FAILURE", ""),
        _step("signing time", lambda: _time(signature), "", "SIG_CONSTRAINTS_FAILURE"),
        _step("beginning", lambda: _begun(certificate, existed), "NOT_YET_VALID", ""),
        _step("key usage", lambda: _usage(certificate), "", "CHAIN_CONSTRAINTS_FAILURE"),
    ]
    path = _path(certificate, signature, trust, existed)
    return _concluded(told, [check for check, _ in stamps], path)


def unreadable(error: TegataError) -> Verification:
    """What does not read is no signature."""
    wrong = failed("form", VerificationError(error.what, why=error.why))
    return Verification(verdict="total-failed", sub_indication="FORMAT_FAILURE", checks=(wrong,))


def worst(found: list[Verification]) -> Verification:
    """Of several signatures on the same files: all must hold, and each check is told."""
    order = ("total-passed", "indeterminate", "total-failed")
    first = max(found, key=lambda one: order.index(one.verdict))  # of equals the first
    return msgspec.structs.replace(first, checks=tuple(check for one in found for check in one.checks))


def _form(signature: Ades) -> Check:
    said = f"{signature.form}, {signature.level}"
    return passed("form", t(f"it is one signature: {said}", f"署名です（{said}）"))


def _named(certificate: Certificate) -> Check:
    return passed(
        "certificate",
        t(f"it names the certificate of `{certificate}`", f"署名は `{certificate}` の証明書を示しています"),
    )


def _step(name: str, step: Callable[[], Text], broken: str, unsure: str) -> tuple[Check, str]:
    try:
        return passed(name, step()), ""
    except OpenError as error:
        return Check(name=name, verdict="indeterminate", say=error.say), unsure
    except WeakError as error:
        return Check(name=name, verdict="indeterminate", say=failed(name, error).say), _WEAK
    except VerificationError as error:
        return failed(name, error), broken


def _time(signature: Ades) -> Text:
    """Every baseline level has it signed (TS 119 182-1, EN 319 122-1, table 1)."""
    if signature.signed_at is None:
        raise OpenError(t("the signer does not say when it was made", "署名日時が記されていません"))
    at = f"{signature.signed_at:%Y-%m-%d %H:%M:%S}"
    return t(f"made at {at} UTC by the word of its signer", f"署名者によれば {at} UTC の署名です")


def _begun(certificate: Certificate, at: dt.datetime) -> Text:
    """The signature exists at the time in question, so its certificate must have begun (clause 5.5.4)."""
    if at < certificate.valid_from:
        raise VerificationError(t("its certificate had not begun yet", "証明書の有効期間が始まっていません"))
    return t("its certificate had begun", "証明書の有効期間は始まっています")


def _usage(certificate: Certificate) -> Text:
    """EN 319 102-1 clause 5.2.6: chain constraints. A key that seals documents signs them or commits to them."""
    if certificate.is_authority:
        raise OpenError(t("it is the certificate of an authority", "認証局の証明書です"))
    if not (certificate.may("digital_signature") or certificate.may("content_commitment")):
        raise OpenError(t("its key may not sign documents", "文書への署名が許されていない鍵です"))
    uses = certificate.extension(x509.ExtendedKeyUsage)
    if uses is not None and set(uses) <= _NOT_FOR_DOCUMENTS:
        raise OpenError(t("its key is for another use", "別の用途の鍵です"))
    return t("its key may sign documents", "文書に署名できる鍵です")


def _likely(signature: Ades) -> list[tuple[bytes, DigestOf]]:
    """Time-stamps on the very thing first, so that those of something else cannot crowd them out."""

    def strange(one: tuple[bytes, DigestOf]) -> bool:
        with contextlib.suppress(VerificationError, OpenError):
            imprint = read_token(one[0])[1].imprint
            return one[1](imprint.digest) != imprint.value
        return True

    of_value = digest_of(signature.value)
    stamps: list[tuple[bytes, DigestOf]] = [*((token, of_value) for token in signature.stamps), *signature.archives]
    return sorted(stamps, key=strange)[:_MAX_STAMPS]


def _stamp(token: bytes, digest: DigestOf, signature: Ades, trust: Trust) -> tuple[Check, dt.datetime | None]:
    """A time by which the signature existed, when the token holds; else it proves nothing, and harms nothing."""

    def known(certificate: x509.Certificate, others: Sequence[bytes], at: dt.datetime) -> str:
        own = Certificate.read(certificate.public_bytes(Encoding.DER))
        if _lost(own, signature, trust, others):
            raise OpenError(_DOUBTED)
        path = _path(own, signature, trust, at, others)
        return name_of(certificate) if path.verdict == "total-passed" else trust.clocks(certificate, others, at)

    try:
        stamp, name = verify_token(token, digest, known)
    except OpenError as error:
        return Check(name="time-stamp", verdict="indeterminate", say=error.say), None
    except (VerificationError, InputError) as error:
        say = failed("time-stamp", VerificationError(error.what, why=error.why)).say
        return Check(name="time-stamp", verdict="indeterminate", say=say), None
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
    if _path(certificate, signature, trust, now, others).sub_indication != "REVOKED_NO_POE":
        return False
    lists = (*trust.lists, *_readable(signature.lists, RevocationList.read))
    answers = (*trust.answers, *_readable(signature.answers, StatusAnswer.read))
    told = [crl.find(certificate) for crl in lists]
    told += [one.revoked for answer in answers for one in answer.singles if one.serial == certificate.serial]
    return any(one is not None and one.reason not in _HARMLESS for one in told)


def _path(
    certificate: Certificate, signature: Ades, trust: Trust, at: dt.datetime, others: Sequence[bytes] = ()
) -> Verification:
    """Whether a certificate leads to an anchor as of a time, with all that the reader and the signature bring."""
    result = validate_path(
        certificate,
        anchors=[Anchor(one) for one in trust.anchors],
        others=(*trust.others, *_readable((*signature.others, *others), Certificate.read)),
        lists=(*trust.lists, *_readable(signature.lists, RevocationList.read)),
        answers=(*trust.answers, *_readable(signature.answers, StatusAnswer.read)),
        at=at,
        policy=PathPolicy(revocation=trust.revocation, freshness=trust.freshness),
    )
    return result.verification


def _readable(raw: Sequence[bytes], read: Callable[[bytes], T]) -> list[T]:
    """What came along and does not read is of no use, and no fault of the signature."""
    found = []
    for one in raw:
        try:
            found.append(read(one))
        except InputError:
            continue
    return found


def _concluded(told: list[tuple[Check, str]], stamps: list[Check], path: Verification) -> Verification:
    """The worst decides; of equals the first. A time-stamp that proves nothing is told, and decides nothing."""
    checks = (*(check for check, _ in told), *stamps, *path.checks)
    for check, indication in told:
        if check.name == "data" and check.verdict == "indeterminate":  # nothing after it is asked (clause 5.2.7)
            return Verification(verdict="indeterminate", sub_indication=indication, checks=checks)
    for verdict, reached in (("failed", "total-failed"), ("indeterminate", "indeterminate")):
        for check, indication in told:
            if check.verdict == verdict:
                return Verification(verdict=reached, sub_indication=indication, checks=checks)
    return Verification(verdict=path.verdict, sub_indication=path.sub_indication, checks=checks)
