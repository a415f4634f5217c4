"""The passport as a document: a compact JWS whose payload is the fixed bytes of a `Passport`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tegata.model.base import encode, t
from tegata.model.coding import decode
from tegata.model.errors import UsageError, VerificationError
from tegata.model.evidence import Passport
from tegata.trust.jws import UnverifiedJws, parse_jws, sign_jws

if TYPE_CHECKING:
    from tegata.trust.signing_key import SigningKey

PASSPORT_VERSION: Final = "tegata-passport/1"
PASSPORT_TYP: Final = "tegata-passport+jws"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def release_body(
    *, data_digest: str, data_size: int, decision_digest: str, agreement_digest: str, recipient: str
) -> dict[str, Any]:
    """What the body of a log entry of kind `release` says at least; its `subject` is the transfer process.

    Whoever writes the entry and whoever verifies the passport both ask here, so that they cannot drift apart.
    """
    return {
        "agreement_digest": agreement_digest,
        "data_digest": data_digest,
        "data_size": data_size,
        "decision_digest": decision_digest,
        "recipient": recipient,
    }


def seal(passport: Passport, key: SigningKey) -> str:
    """The passport signed by its provider. Raises UsageError for a key that is not the provider's."""
    if key.did != passport.provider:
        raise UsageError(
            t("the passport can only be sealed by its provider", "手形に封をできるのは提供者だけです"),
            why=t(f"it names `{passport.provider}`", f"提供者は `{passport.provider}` です"),
        )
    return sign_jws(encode(passport), key, typ=PASSPORT_TYP)


def open_passport(text: str) -> Passport:
    """Reads a passport without trusting it: `verify_passport` tells whether what it says holds.

    Takes the JWS and nothing around it, neither spaces nor newlines. Raises VerificationError.
    """
    return unseal(text)[1]


def unseal(text: str) -> tuple[UnverifiedJws, Passport]:
    """The JWS and the passport inside, both of the right form, neither verified. Raises VerificationError."""
    sealed = parse_jws(text, typ=PASSPORT_TYP)
    return sealed, _decode(sealed.payload)


def _decode(payload: bytes) -> Passport:
    """Only the fixed bytes of a passport decode: one reading, no unknown, repeated or reordered fields."""
    try:
        passport = decode(payload, Passport)
        canonical = encode(passport)
    except ValueError:
        raise _malformed("its fields are not those of a passport", "項目が手形のものではありません") from None
    if canonical != payload:
        raise _malformed("its bytes are not in the one fixed form", "バイト列が定められた形ではありません")
    if passport.version != PASSPORT_VERSION:
        raise _malformed("its version is not known", "版が未知のものです")
    digests = (passport.data_digest, passport.source_digest, passport.decision_digest, passport.agreement_digest)
    if not all(_DIGEST.fullmatch(digest) for digest in digests):
        raise _malformed("a digest is not SHA-256", "ダイジェストが SHA-256 ではありません")
    if passport.issued_at.tzinfo is None or passport.entry.at.tzinfo is None:
        raise _malformed("a time is without its offset from UTC", "UTC との時差のない時刻があります")
    return passport


def _malformed(en: str, ja: str) -> VerificationError:
    return VerificationError(t("the passport is malformed", "手形の形式が誤っています"), why=t(en, ja))
