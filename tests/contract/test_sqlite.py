from __future__ import annotations

from pathlib import Path

from tegata.store import Store
from tests.contract.store_contract import StoreContract


class TestSqlite(StoreContract):
    def open(self, folder: Path) -> Store:
        return Store.open(folder)
