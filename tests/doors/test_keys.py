"""Access keys: what is known of one without keeping it."""

from __future__ import annotations

import datetime as dt

from tegata.transfer.access import KEY_DAYS, KeyRing, key_from


def test_keys_follow_from_the_secret_of_the_node() -> None:
    ring, since = KeyRing(b"1" * 32), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    key = ring.key_of("urn:uuid:4f1f9a5e-0000-4000-8000-000000000001", since)
    assert ring.find(key.id) == key == key_from(key.token)
    assert key.expires == since + dt.timedelta(days=KEY_DAYS)
    assert key.secret not in repr(key)
    assert KeyRing(b"2" * 32).find(key.id) != key
    for odd in ("", "x", "é", key.id[:-1], key.id + "A", "A" * 28, "/" * 28):
        assert ring.find(odd) is None, odd
