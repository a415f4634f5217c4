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

All are told; what decides is data and mathematics first, then the path, then what is acceptable (clause 5.3).

The certificate is judged as of the earliest time by which the signature is known to exist: that of a time-stamp that
still counts (`existence`), else the one in question. So a key that ended or was revoked later does not undo what it
signed before (clauses 5.5 and 5.6).

A signature is TOTAL-FAILED only by what no later knowledge can mend: form, data, signature, a certificate that begins
after the time at which the signature is known to exist. All else about certificates leaves it INDETERMINATE, as another
anchor, a revocation list or a time-stamp may mend it (clause 5.1.3).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from tegata.model.base import Text, t
from tegata.model.coding import replace
from tegata.model.errors import InputError, TegataError, VerificationError
from tegata.model.evidence import Check, Verification
from tegata.trust.ades.cades_values import Values, values_of_tokens
from tegata.trust.ades.existence import proofs_of_existence
from tegata.trust.ades.paths import Trust, path_of
from tegata.trust.ades.signature import Ades, NoCertificateError
from tegata.trust.checks import OpenError, failed, passed, undecided
from tegata.trust.pki import Certificate
from tegata.trust.public_key import WeakError

_NOT_FOUND: Final = "SIGNED_DATA_NOT_FOUND"
_WEAK: Final = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
_MENDED_BY_TIME: Final = frozenset({"", "OUT_OF_BOUNDS_NO_POE", "OUT_OF_BOUNDS_NOT_REVOKED", "REVOKED_NO_POE"})
"""What is left to say of a path once it is known when the signature existed (clause 5.5.4 steps 2 and 4)."""

_NOT_FOR_DOCUMENTS: Final = frozenset(
    {
        ExtendedKeyUsageOID.TIME_STAMPING,
        ExtendedKeyUsageOID.OCSP_SIGNING,
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CODE_SIGNING,
    }
)


def judge(read: Callable[[], Ades], trust: Trust) -> Verification:
    """Never raises, whatever was signed. `read` raises VerificationError for what does not read."""
    try:
        signature = read()
    except NoCertificateError as error:
        return _undecided("certificate", error, "NO_SIGNING_CERTIFICATE_FOUND")
    except WeakError as error:
        return _undecided("algorithms", error, _WEAK)
    except VerificationError as error:
        return unreadable(error)
    try:
        certificate = Certificate.read(signature.certificate)
    except InputError as error:  # another reader may make it out
        return _undecided("certificate", error, "NO_SIGNING_CERTIFICATE_FOUND")
    known = _with_values_of_stamps(signature)
    stamps = proofs_of_existence(known, trust)
    existed = min([trust.at, *(at for _, at in stamps if at)])
    told = [
        (_form(signature), ""),
        (_named(certificate), ""),
        _step("data", signature.data, "HASH_FAILURE", _NOT_FOUND),
        _step("signature", signature.signature, "SIG_CRYPTO_FAILURE", ""),
        _step("signing time", lambda: _time(signature), "", "SIG_CONSTRAINTS_FAILURE"),
        _step("beginning", lambda: _begun(certificate, existed), "NOT_YET_VALID", ""),
        _step("key usage", lambda: _usage(certificate), "", "CHAIN_CONSTRAINTS_FAILURE"),
    ]
    path = path_of(certificate, known, trust, existed).verification
    return _concluded(told, [check for check, _ in stamps], path)


def _with_values_of_stamps(signature: Ades) -> Ades:
    """Time-stamps bring values too, of their authorities and of what they are over."""
    brought = Values(signature.others, signature.lists, signature.answers)
    tokens = (*signature.stamps, *(one.token for one in signature.archives))
    others, lists, answers = brought | values_of_tokens(tokens)
    return dataclasses.replace(signature, others=others, lists=lists, answers=answers)


def unreadable(error: TegataError) -> Verification:
    """What does not read is no signature."""
    return Verification(verdict="total-failed", sub_indication="FORMAT_FAILURE", checks=(failed("form", error),))


def _undecided(name: str, error: TegataError, indication: str) -> Verification:
    """What nothing more is asked of: this one check is all there is to tell."""
    return Verification(verdict="indeterminate", sub_indication=indication, checks=(undecided(name, error.said),))


def worst(found: list[Verification]) -> Verification:
    """Of several signatures on the same files: all must hold, and each check is told."""
    order = ("total-passed", "indeterminate", "total-failed")
    first = max(found, key=lambda one: order.index(one.verdict))  # of equals the first
    return replace(first, checks=tuple(check for one in found for check in one.checks))


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
        return undecided(name, error.say), unsure
    except WeakError as error:
        return undecided(name, error.said), _WEAK
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


def _concluded(told: list[tuple[Check, str]], stamps: list[Check], path: Verification) -> Verification:
    """What decides, in the order of clause 5.3: data and mathematics, the path, then whether it is acceptable.

    A time-stamp that proves nothing is told, and decides nothing.
    """
    checks = (*(check for check, _ in told), *stamps, *path.checks)
    failed_ones = [one for one in told if one[0].verdict == "failed"]
    open_ones = [one for one in told if one[0].verdict == "indeterminate"]
    if any(indication == _NOT_FOUND for _, indication in open_ones):  # nothing after it is asked (clause 5.2.7)
        return Verification(verdict="indeterminate", sub_indication=_NOT_FOUND, checks=checks)
    for check, indication in failed_ones:
        if check.name != "beginning" or path.sub_indication in _MENDED_BY_TIME:
            return Verification(verdict="total-failed", sub_indication=indication, checks=checks)
    if path.verdict != "total-passed" or not open_ones:
        return Verification(verdict=path.verdict, sub_indication=path.sub_indication, checks=checks)
    return Verification(verdict="indeterminate", sub_indication=open_ones[0][1], checks=checks)
