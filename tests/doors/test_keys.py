"""Access keys: what is known of one without keeping it."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from tegata.model.catalog import Participant
from tegata.model.errors import ProtocolError
from tegata.transfer.access import KEY_DAYS, KeyRing, doors_at, flight_at, key_from
from tegata.wire.dsp.address import HttpAddress


def test_keys_follow_from_the_secret_of_the_node() -> None:
    ring, since = KeyRing(b"1" * 32), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    key = ring.key_of("urn:uuid:4f1f9a5e-0000-4000-8000-000000000001", since)
    assert ring.find(key.id) == key == key_from(key.token)
    assert key.expires == since + dt.timedelta(days=KEY_DAYS)
    assert key.secret not in repr(key)
    assert KeyRing(b"2" * 32).find(key.id) != key
    for odd in ("", "x", "é", key.id[:-1], key.id + "A", "A" * 28, "/" * 28):
        assert ring.find(odd) is None, odd


PEER = Participant(id="did:key:z", name="Peer", url="https://peer.example/dsp/2025-1")


def test_doors_are_at_the_address_of_the_peer() -> None:
    key = KeyRing(b"1" * 32).key_of("urn:uuid:4f1f9a5e-0000-4000-8000-000000000001", dt.datetime.now(dt.UTC))
    good = HttpAddress(
        endpoint="https://peer.example/doors", authorization=key.token, passport="https://peer.example/doors/passport"
    )
    assert doors_at(good, PEER) == ("https://peer.example/doors", key)
    evil = "https://peer.example/doors"
    for wrong in (
        {"endpoint": "https://elsewhere.example/doors"},
        {"endpoint": "https://peer.example:444/doors"},
        {"endpoint": "http://peer.example/doors"},
        {"endpoint": f'{evil}")\nimport os; os.system("x'},
        {"endpoint": f"{evil}'; DROP TABLE x; --"},
        {"endpoint": f"{evil}?x=1"},
        {"endpoint": "javascript:alert(1)"},
        {"passport": ""},
        {"passport": "https://elsewhere.example/doors/passport"},
        {"authorization": key.id},
        {"authorization": key.token + '"'},
        {"authorization": f"{key.id}.{'x' * 42}'"},
        {"authorization": f"x.{key.secret}"},
    ):
        with pytest.raises(ProtocolError, match="no usable access key"):
            doors_at(msgspec.structs.replace(good, **wrong), PEER)


def test_a_flight_door_is_at_the_host_of_the_peer() -> None:
    for address, scheme, found in (
        ("grpc+tls://peer.example:31337", "https", True),
        ("grpc+tls://PEER.example:31337", "http", True),
        ("grpc://peer.example:31337", "http", True),
        ("grpc://peer.example:31337", "https", False),
        ("grpc+tls://elsewhere.example:31337", "https", False),
        ("grpc+tls://peer.example:31337/x", "https", False),
        ('grpc+tls://peer.example:1"); import os #', "https", False),
        ("unix:///tmp/x", "http", False),
        ("", "http", False),
    ):
        at = HttpAddress(endpoint="https://peer.example/doors", authorization="x", flight=address)
        peer = msgspec.structs.replace(PEER, url=f"{scheme}://peer.example/dsp/2025-1")
        assert flight_at(at, peer) == (address if found else ""), address
