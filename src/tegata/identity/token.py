"""Tokens that a participant makes for one request to one peer: a JWT (RFC 7519) under the sender's did:key.

typ  tegata-dsp+jwt     good for nothing else (RFC 8725 §3.11)
iss  the sender's did, whose key signs it;  sub  the same
aud  the receiver's did, exactly one: it cannot be passed on to a third party
iat, exp                at most five minutes apart
jti                     spent by the receiver in the transaction of the effect (`tegata.store.replay`)
htb                     SHA-256 of the request's body: it cannot carry another message
rolls                   by which the key of the did was handed on to the one that signs; absent where it never was
"""

from __future__ import annotations

import datetime as dt

import msgspec

from tegata.model.base import Noun, Text, encode, sha256, t
from tegata.model.errors import VerificationError
from tegata.trust import SigningKey, follow, parse_jws, sign_jws

_TYP = "tegata-dsp+jwt"
_LIFE = 300  # seconds
_LEEWAY = 60  # seconds by which the clocks of two nodes may differ
_LONGEST_JTI = 128


class TokenClaims(Noun, frozen=True, kw_only=True, omit_defaults=True):
    """What a token says. Times are seconds since 1970 (RFC 7519 §2, NumericDate)."""

    iss: str
    sub: str
    aud: str
    iat: int
    exp: int
    jti: str
    htb: str = ""  # `sha256:...` of the body, `` for a request without one
    rolls: tuple[str, ...] = ()  # that lead from the did to the key that signs

    @property
    def expires_at(self) -> dt.datetime:
        """From when on nobody accepts it: its end and the leeway. Until then its `jti` must be remembered."""
        return dt.datetime.fromtimestamp(self.exp + _LEEWAY, dt.UTC)


def issue_token(key: SigningKey, audience: str, now: dt.datetime, *, jti: str, body: bytes = b"") -> str:
    """A token for one request.

    Args:
        audience: did of the peer that it is for.
        jti: a name that no other token of ours has, random.
        body: the bytes that the request will carry.
    """
    at = int(now.timestamp())
    claims = TokenClaims(
        iss=key.did,
        sub=key.did,
        aud=audience,
        iat=at,
        exp=at + _LIFE,
        jti=jti,
        htb=sha256(body) if body else "",
        rolls=key.history.notes,
    )
    return sign_jws(encode(claims), key, typ=_TYP)


def verify_token(token: str, *, own_did: str, now: dt.datetime, body: bytes) -> TokenClaims:
    """The claims of a token that was made for this request to us. It must still be spent, once.

    Raises:
        VerificationError: its form, signature, audience, time or body is not right.
    """
    jws = parse_jws(token, typ=_TYP)
    claims = _read(jws.payload)
    jws.verify(follow(claims.iss, claims.rolls).current)
    _check(claims, own_did, now.timestamp(), sha256(body) if body else "")
    return claims


def _read(payload: bytes) -> TokenClaims:
    try:
        return msgspec.json.decode(payload, type=TokenClaims)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _refused(
            t(f"its claims are not those of this kind: {error}", f"項目がこの種類のものではありません: {error}")
        ) from error


def _check(claims: TokenClaims, own_did: str, now: float, body: str) -> None:
    if claims.sub != claims.iss:
        raise _refused(t("it speaks for somebody else", "ほかの者を名乗っています"))
    if claims.aud != own_did:
        raise _refused(t("it was made for another participant", "別の参加者宛てです"))
    if not 0 < claims.exp - claims.iat <= _LIFE:
        raise _refused(t(f"it is good for longer than {_LIFE} s", f"有効期間が {_LIFE} 秒を超えています"))
    if claims.iat > now + _LEEWAY:
        raise _refused(t("it comes from the future: a clock is wrong", "未来の時刻です。時計が狂っています"))
    if now >= claims.exp + _LEEWAY:
        raise _refused(t("it has expired", "期限が切れています"))
    if not 0 < len(claims.jti) <= _LONGEST_JTI:
        raise _refused(t("it has no usable `jti`", "使える `jti` がありません"))
    if claims.htb != body:
        raise _refused(t("it was made for another message", "別のメッセージのためのものです"))


def _refused(why: Text) -> VerificationError:
    return VerificationError(
        t("the token is not acceptable", "トークンが認められません"),
        why=why,
        hint=t("send the request again with a new token", "新しいトークンで送り直してください"),
    )
