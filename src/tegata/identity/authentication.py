"""How participants show each other who sends a request. Another scheme is another class of the same form."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Protocol

from tegata.clock import Clock
from tegata.identity.token import issue_token, verify_token
from tegata.model.base import Noun
from tegata.store import Transaction, replay
from tegata.trust import SigningKey


class Sender(Noun, frozen=True, kw_only=True):
    """The participant behind a request, and what tells this request from every other one of theirs."""

    did: str
    jti: str
    until: dt.datetime  # from then on nobody accepts the request any more
    rolls: tuple[str, ...] = ()  # by which the key of the did was handed on to the one that signed


class Authentication(Protocol):
    """Both halves of one scheme: what we send, and what we make of what we get."""

    def authorization(self, peer: str, body: bytes) -> str:
        """`Authorization` header of one request of ours to a peer."""
        ...

    def sender(self, authorization: str, body: bytes) -> Sender:
        """Who sent a request. VerificationError when its header does not prove it."""
        ...

    def spend(self, tx: Transaction, sender: Sender) -> bool:
        """Whether the request counts: False when it counted before. Durable with the effect, in its transaction."""
        ...


class TokenAuthentication:
    """Self-signed tokens under did:keys (`identity.token`), each good for one request."""

    def __init__(self, key: SigningKey, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def authorization(self, peer: str, body: bytes) -> str:
        token = issue_token(self._key, peer, self._clock.now(), jti=str(uuid.uuid4()), body=body)
        return f"Bearer {token}"

    def sender(self, authorization: str, body: bytes) -> Sender:
        scheme, _, token = authorization.partition(" ")
        credential = token.strip() if scheme.lower() == "bearer" else ""
        claims = verify_token(credential, own_did=self._key.did, now=self._clock.now(), body=body)
        return Sender(did=claims.iss, jti=claims.jti, until=claims.expires_at, rolls=claims.rolls)

    def spend(self, tx: Transaction, sender: Sender) -> bool:
        """A token counts once (RFC 7519 section 4.1.7), also after a restart."""
        return replay.admit(tx, sender.did, sender.jti, sender.until)
