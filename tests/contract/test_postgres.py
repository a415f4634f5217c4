from __future__ import annotations

from pathlib import Path

import pytest

from tegata.store import Store
from tests.contract.store_contract import StoreContract
from tests.postgres import Server


class TestPostgres(StoreContract):
    @pytest.fixture(autouse=True)
    def _server(self, postgres: Server) -> None:
        self.server = postgres
        self.urls: dict[Path, str] = {}

    def open(self, folder: Path) -> Store:
        return Store.open(folder, self.urls.setdefault(folder, self.server.url()))
