"""A bucket of an S3-compatible store as a destination.

Long files go up in parts, and the store shows an object only when all have arrived (AWS: CompleteMultipartUpload). So
what is killed in the middle leaves no object; parts of it that nobody sees are the business of the bucket's rule for
incomplete uploads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Self

import obstore
from obstore.exceptions import BaseError

from tegata.cli.destination import Destination, not_laid
from tegata.model.errors import StoreError
from tegata.tables.objects import ACCESS, said, store_at

_PART: Final = 8 << 20  # bytes


class Bucket(Destination):
    """Objects below a prefix."""

    def __init__(self, store: Any, address: str, prefix: str) -> None:
        self._store = store
        self._address = address.rstrip("/")
        self._prefix = prefix

    @classmethod
    def at(cls, address: str) -> Self:
        """Keys, region and endpoint come from the variables that tools of S3 share. InputError: no such address."""
        store, prefix = store_at(address)
        return cls(store, address, prefix)

    def shown(self, name: str) -> str:
        return f"{self._address}/{name}"

    def is_taken(self, name: str) -> bool:
        try:
            obstore.head(self._store, self._key(name))
        except FileNotFoundError:
            return False
        except BaseError as error:
            raise self._failed(name, error) from error
        return True

    def put(self, name: str, file: Path) -> None:
        try:
            obstore.put(self._store, self._key(name), file, chunk_size=_PART, max_concurrency=4)
        except (BaseError, OSError) as error:
            raise self._failed(name, error) from error

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}" if self._prefix else name

    def _failed(self, name: str, error: Exception) -> StoreError:
        return not_laid(self.shown(name), said(error), ACCESS)
