"""The passport as a W3C Verifiable Credential 2.0, secured with JOSE (VC-JOSE-COSE, `vc+jwt`).

For readers who know credentials and not passports. It says what the passport says and carries it whole: its payload is
a function of the passport, so verifying it is making it again, comparing, and verifying the passport inside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tegata.model.base import encode, t
from tegata.model.coding import read, replace
from tegata.model.errors import UsageError, VerificationError
from tegata.model.evidence import Passport, Verification
from tegata.trust.checks import concluded, failed, passed
from tegata.trust.jws import parse_jws, sign_jws
from tegata.trust.key_history import NO_ROLLS, Rolls, by_name, joined
from tegata.trust.passport import open_passport
from tegata.trust.timestamp import Trust, nobody
from tegata.trust.verify import verify_passport

if TYPE_CHECKING:
    from tegata.trust.signing_key import SigningKey

CREDENTIAL_TYP: Final = "vc+jwt"
_CONTEXTS: Final = (
    "https://www.w3.org/ns/credentials/v2",
    "https://www.w3.org/ns/credentials/undefined-terms/v2",  # gives our own terms a meaning without a context of ours
)
_KEY: Final = "did:key:"


def issue_credential(passport: str, key: SigningKey) -> str:
    """The credential of a passport (compact JWS), by its provider. UsageError for the key of somebody else."""
    stated = open_passport(passport)
    if key.did != stated.provider:
        raise UsageError(
            t("the credential can only be issued by the passport's provider", "資格情報を発行できるのは提供者だけです"),
            why=t(f"it names `{stated.provider}`", f"提供者は `{stated.provider}` です"),
        )
    method = f"{key.did}#{key.did.removeprefix(_KEY)}"
    return sign_jws(_payload(stated, passport, key.history.notes), key, typ=CREDENTIAL_TYP, kid=method)


def is_credential(text: str) -> bool:
    """Whether it is a JWS of that type, whatever it holds."""
    try:
        parse_jws(text, typ=CREDENTIAL_TYP)
    except VerificationError:
        return False
    return True


def verify_credential(
    text: str,
    data: tuple[str, int] | None,
    trusted: Mapping[str, str],
    clocks: Trust = nobody,
    known: Rolls = NO_ROLLS,
) -> Verification:
    """As `verify_passport` of the passport inside, after the credential itself. Never raises."""
    try:
        sealed = parse_jws(text, typ=CREDENTIAL_TYP)
        passport = _inside(sealed.payload)
        stated = open_passport(passport)
        rolls = _rolls(sealed.payload)
        if _payload(stated, passport, rolls) != sealed.payload:
            raise _malformed("it does not say what its passport says", "手形と内容が異なります")
        own = by_name(stated.rolls, (stated.provider, stated.recipient)).get(stated.provider, ())
        if len(rolls) < len(own):
            raise _malformed("its key was no longer that of the provider", "その時点で提供者の鍵ではありません")
        keys = joined(stated.provider, rolls, known.get(stated.provider, ()))
        sealed.verify(keys.keys[len(rolls)])
    except VerificationError as error:
        return concluded([failed("credential", error)], None)
    inside = verify_passport(passport, data, trusted, clocks, {stated.provider: keys.notes})
    say = t(
        "the provider issued this credential, which says what its passport says",
        "提供者が手形どおりに発行した資格情報です",
    )
    return replace(inside, checks=(passed("credential", say), *inside.checks))


def _payload(passport: Passport, jws: str, rolls: tuple[str, ...]) -> bytes:
    """VC Data Model 2.0 section 4; times to the second, as `dateTimeStamp` is best understood."""
    document: dict[str, Any] = {
        "@context": _CONTEXTS,
        "id": passport.id,
        "type": ("VerifiableCredential", "DataPassport"),
        "issuer": passport.provider,
        "validFrom": passport.issued_at,
        "name": passport.title.en,
        "credentialSubject": {
            "id": passport.transfer,
            "type": "DataTransfer",
            "dataset": passport.dataset,
            "recipient": passport.recipient,
            "agreement": passport.agreement,
            "dataDigest": passport.data_digest,
            "dataSize": passport.data_size,
            "dataFormat": passport.data_format,
            "outcome": passport.outcome,
            "rulePacks": [f"{pack.pack} {pack.version}" for pack in passport.packs],
            "logEntry": passport.proof.index,
        },
        "evidence": {"type": "TegataPassport", "passport": jws},
    }
    return encode(document | ({"rolls": rolls} if rolls else {}))


def _rolls(payload: bytes) -> tuple[str, ...]:
    """Those that lead to the key of the credential, which may be newer than the passport's."""
    found = read(payload).get("rolls", [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise _malformed("its rolls are no texts", "鍵の引き継ぎの記録が誤っています")
    return tuple(found)


def _inside(payload: bytes) -> str:
    """The passport that a credential carries."""
    try:
        document = read(payload)
        passport = document["evidence"]["passport"]
    except (ValueError, KeyError, TypeError):
        raise _malformed("it carries no passport", "手形が含まれていません") from None
    if not isinstance(passport, str):
        raise _malformed("it carries no passport", "手形が含まれていません")
    return passport


def _malformed(en: str, ja: str) -> VerificationError:
    return VerificationError(t("the credential is malformed", "資格情報の形式が誤っています"), why=t(en, ja))
