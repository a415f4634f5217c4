"""Brings a database to the schema of this code: all missing steps in one transaction, or none."""

from __future__ import annotations

from collections.abc import Sequence

from tegata.model.base import t
from tegata.model.errors import StoreError
from tegata.store.connection import Connection
from tegata.store.sql import Migration
from tegata.store.transaction import Transaction


def migrate(connection: Connection, steps: Sequence[Migration]) -> None:
    """Applies the steps that the database does not have yet.

    Raises:
        StoreError: the database was made by newer code, or from steps that differ from ours.
    """
    connection.begin(write=True)
    try:
        _apply(connection, steps)
        connection.commit()
    finally:
        connection.rollback()


def newer(version: int) -> StoreError:
    """Somebody with newer code was here."""
    return StoreError(
        t("the state was written by a newer release", "状態は新しい版で書かれています"),
        why=t(f"its schema has version {version}", f"スキーマの版は {version} です"),
        hint=t("install the release that wrote it, or a later one", "それを書いた版かより新しい版を入れてください"),
    )


def _apply(connection: Connection, steps: Sequence[Migration]) -> None:
    tx = Transaction(connection)
    tx.rows("create_schema_version")
    applied = dict(tx.rows("applied_migrations"))
    _check(applied, steps)
    for step in steps[len(applied) :]:
        connection.define(step.text)
        tx.rows("note_migration", step.version, step.name, step.digest)


def _check(applied: dict[int, str], steps: Sequence[Migration]) -> None:
    """What was applied must be, byte for byte, the beginning of what we know."""
    newest = max(applied, default=0)
    if newest > max((step.version for step in steps), default=0):
        raise newer(newest)
    known = {step.version: step.digest for step in steps[: len(applied)]}
    if known != applied:
        raise StoreError(
            t("the state has a schema that no release made", "どの版のものでもないスキーマです"),
            why=t("a migration that was applied differs from ours", "適用済みの移行手順が手元のものと異なります"),
            hint=t("restore it from a backup", "バックアップから復元してください"),
        )
