"""All that is said to the database of a vault."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

SCHEMA: Final = files("tegata.vault").joinpath("schema.sql").read_text("utf-8")
SETUP: Final = """
PRAGMA trusted_schema = OFF;
PRAGMA foreign_keys = ON;
PRAGMA busy_timeout = 30000;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
PRAGMA cache_size = -65536;
PRAGMA wal_autocheckpoint = 16384;
"""
NEW_VAULT: Final = "INSERT INTO vault (version, name, made_at, proof) VALUES (?, ?, ?, ?)"
VAULT: Final = "SELECT version, name, made_at, proof FROM vault"
NEW_DOMAIN: Final = "INSERT INTO domains (name) VALUES (?) ON CONFLICT DO NOTHING"
DOMAIN: Final = "SELECT id FROM domains WHERE name = ?"
DOMAINS: Final = """
SELECT name, (SELECT count(*) FROM entries WHERE domain = domains.id) FROM domains ORDER BY name
"""
NEW_RELEASE: Final = "INSERT INTO releases (at, source) VALUES (?, ?) RETURNING id"
RELEASED: Final = "UPDATE releases SET digest = ? WHERE id = ?"
RELEASES: Final = "SELECT id, at, source, digest FROM releases ORDER BY id"
KNOWN: Final = """
SELECT wanted.key, entries.id FROM json_each(?) AS wanted JOIN entries ON entries.place = unhex(wanted.value)
"""
LAST_ENTRY: Final = "SELECT seq FROM sqlite_sequence WHERE name = 'entries'"
NEW_ENTRY: Final = "INSERT INTO entries (id, place, sealed, domain, release) VALUES (?, ?, ?, ?, ?)"
_ENTRIES: Final = "SELECT entries.id, place, sealed, name, release FROM entries JOIN domains ON domains.id = domain"
BY_NUMBER: Final = f"{_ENTRIES} WHERE entries.id = ?"
BY_PLACE: Final = f"{_ENTRIES} WHERE place = ?"
FORGET: Final = "DELETE FROM entries WHERE place = ?"
NEW_ACT: Final = "INSERT INTO acts (at, act, reason, told, chain) VALUES (?, ?, ?, ?, ?)"
ACTS: Final = "SELECT at, act, reason, told, chain FROM acts ORDER BY id"
LAST_CHAIN: Final = "SELECT chain FROM acts ORDER BY id DESC LIMIT 1"
