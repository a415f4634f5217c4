"""Where a node hands data over, and how its consumers are told of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from msgspec import UNSET, UnsetType

from tegata.model.base import Text
from tegata.model.plan import Release
from tegata.model.process import TransferProcess
from tegata.transfer.access import PASSPORT_PATH, KeyRing
from tegata.transfer.contents import contents_of, write_told
from tegata.wire.dsp.address import DOORS_PULL, HTTP_PUSH, HttpAddress, data_address
from tegata.wire.dsp.messages import DataAddress


@dataclass(frozen=True)
class Place:
    """Where this node hands data over, and keeps it until then."""

    url: str  # below it lies one address per transfer
    doors: str  # where the doors are that `keys` open
    folder: Path
    keys: KeyRing
    flight: str = ""  # where the Flight SQL door is, if there is one

    def endpoint(self, transfer: str) -> str:
        return f"{self.url}/{quote(transfer, safe='')}"

    def folder_of(self, transfer: str) -> Path:
        return self.folder / transfer.rpartition(":")[2]

    def address(self, transfer: TransferProcess, release: Release, title: Text, token: str) -> DataAddress | UnsetType:
        """Where the consumer finds the data, and what opens it there."""
        if transfer.format == HTTP_PUSH:
            return UNSET  # it has named an address of its own
        if transfer.format == DOORS_PULL:
            return data_address(
                HttpAddress(
                    endpoint=self.doors,
                    authorization=self.keys.key_of(transfer.id, transfer.created_at).token,
                    passport=self.doors + PASSPORT_PATH,
                    flight=self.flight,
                    contents=write_told(contents_of(release, title)),
                )
            )
        endpoint = self.endpoint(transfer.id)
        beside = {name: f"{endpoint}/{name}" for name in ("passport", "chunks")}
        return data_address(HttpAddress(endpoint=endpoint, authorization=token, **beside))
