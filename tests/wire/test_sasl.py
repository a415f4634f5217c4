"""SCRAM by the examples of its two standards, and against a server that holds what a server holds: no password."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.model.errors import PeerError
from tegata.wire import sasl
from tegata.wire.sasl import Scram

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)


def test_the_example_of_rfc_7677() -> None:
    scram = Scram("SCRAM-SHA-256", "user", "pencil", "rOprNGfwEbeRWgbNEkqO")
    assert scram.first() == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    nonce = b"rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    assert scram.final(b"r=" + nonce + b",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096") == (
        b"c=biws,r=" + nonce + b",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    scram.check(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")


def test_the_example_of_rfc_5802(monkeypatch: pytest.MonkeyPatch) -> None:
    """With SHA-1, which we offer to nobody."""
    monkeypatch.setitem(sasl.HASHES, "SCRAM-SHA-1", "sha1")
    scram = Scram("SCRAM-SHA-1", "user", "pencil", "fyko+d2lbbFgONRv9qkxdawL")
    assert scram.final(b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096") == (
        b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
    )
    scram.check(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=")


@dataclass
class Server:
    """What a server knows of one user (RFC 5802, 3): two keys, from which the password does not follow."""

    name: str
    user: str
    password: str
    salt: bytes = b"salt of one user"
    nonce: str = "servers-own"

    def first(self, said: bytes) -> bytes:
        head, self.bare = said[:3].decode(), said[3:].decode()
        name, nonce = self.bare.split(",")
        assert head == "n,,"
        assert name[2:].replace("=2C", ",").replace("=3D", "=") == self.user
        self.told = f"{nonce}{self.nonce},s={base64.b64encode(self.salt).decode()},i=4096"
        return self.told.encode()

    def final(self, said: bytes) -> bytes | None:
        """Its own proof; None where the client has none."""
        rest, _, proof = said.decode().rpartition(",p=")
        salted = hashlib.pbkdf2_hmac(self.name, self.password.encode(), self.salt, 4096)
        stored = hashlib.new(self.name, hmac.digest(salted, b"Client Key", self.name)).digest()
        message = f"{self.bare},{self.told},{rest}".encode()
        signed = int.from_bytes(hmac.digest(stored, message, self.name), "big")
        key = (int.from_bytes(base64.b64decode(proof), "big") ^ signed).to_bytes(len(stored), "big")
        if hashlib.new(self.name, key).digest() != stored:
            return None
        own = hmac.digest(hmac.digest(salted, b"Server Key", self.name), message, self.name)
        return b"v=" + base64.b64encode(own)


@pytest.mark.parametrize("mechanism", sasl.HASHES)
@given(user=WORDS, password=WORDS, other=WORDS)
def test_who_knows_the_password_is_let_in_and_nobody_else(mechanism: str, user: str, password: str, other: str) -> None:
    server = Server(sasl.HASHES[mechanism], user, password)
    right, wrong = Scram(mechanism, user, password, "ours"), Scram(mechanism, user, other, "ours")
    said = server.first(right.first())
    proof = server.final(right.final(said))
    assert proof is not None
    right.check(proof)
    assert (server.final(wrong.final(said)) is None) is (other != password)
    if other != password:
        with pytest.raises(PeerError):
            wrong.check(proof)


BAD = {
    b"r=other,s=c2FsdA==,i=4096": "knows the password",
    b"r=ours,s=c2FsdA==,i=4096": "knows the password",
    b"r=oursmore,s=c2FsdA=,i=4096": "knows the password",
    b"m=x,r=oursmore,s=c2FsdA==,i=4096": "knows the password",
    b"r=oursmore,s=c2FsdA==": "knows the password",
    b"\xff" * 40: "knows the password",
    b"r=oursmore,s=c2FsdA==,i=4095": "4,095 rounds",
    b"r=oursmore,s=c2FsdA==,i=1000001": "1,000,001 rounds",
}


@pytest.mark.parametrize("said", BAD)
def test_what_no_server_should_say(said: bytes) -> None:
    """A nonce that is not ours, or only ours; extensions that must be understood; too little work, or too much."""
    with pytest.raises(PeerError, match=BAD[said]):
        Scram("SCRAM-SHA-512", "user", "pencil", "ours").final(said)


@pytest.mark.parametrize("said", [b"", b"v=", b"e=invalid-proof", b"v=AAAA"])
def test_a_server_that_does_not_know_the_password(said: bytes) -> None:
    scram = Scram("SCRAM-SHA-512", "user", "pencil", "ours")
    with pytest.raises(PeerError):
        scram.check(said)  # before anything was proven
    scram.final(b"r=oursmore,s=c2FsdA==,i=4096")
    with pytest.raises(PeerError):
        scram.check(said)
