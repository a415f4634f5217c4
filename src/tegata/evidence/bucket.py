"""The published log in a bucket of an S3-compatible store, of which everybody may be let read.

The address is the operator's own; keys, region and endpoint come from the variables that `tables.objects` names. A
store shows an object whole or not at all, and what it has acknowledged is durable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any, Final, Self

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

from tegata.evidence.published import CHECKPOINT, PublishedLog, headers_of
from tegata.log import TILE_WIDTH, entries_path, tile_of
from tegata.model.base import t
from tegata.model.errors import Say, StoreError
from tegata.tables.objects import ACCESS, said, store_at

_AT_ONCE: Final = 16  # requests
_READ_AHEAD: Final = 64  # objects of 22 KiB at most
_MOST: Final = TILE_WIDTH * (2 + 0xFFFF)  # bytes: the longest bundle


class TileBucket(PublishedLog):
    """Objects below a prefix. Several writers of one log may share it: their tiles are equal bytes, and a checkpoint
    takes the place of the one that its writer has read, of no other (HTTP `If-Match`), so that it never goes back.

    Args:
        store: of obstore.
    """

    def __init__(self, store: Any, address: str, prefix: str) -> None:
        super().__init__(address.rstrip("/"))
        self._store = store
        self._prefix = prefix
        self._tag: str | None = None  # of the checkpoint as it was last read or written
        self._pool = ThreadPoolExecutor(_AT_ONCE, "log-bucket")

    @classmethod
    def at(cls, address: str) -> Self:
        """`s3://bucket/prefix`. InputError where it is no such address."""
        store, prefix = store_at(address)
        return cls(store, address, prefix)

    def checkpoint(self) -> str | None:
        self._tag = None
        found = self._get(CHECKPOINT)
        if found is None:
            return None
        self._tag = found[1]
        return found[0].decode("utf-8", "replace")  # then its signature fails

    def fetch(self, path: str) -> bytes:
        found = self._get(path)
        return found[0] if found is not None else b""

    def put(self, files: Mapping[str, bytes]) -> None:
        for done in [self._pool.submit(self._put, path, data) for path, data in files.items()]:
            done.result()

    def put_checkpoint(self, note: str) -> bool:
        mode = {"e_tag": self._tag} if self._tag is not None else "create"
        try:
            self._tag = self._put(CHECKPOINT, note.encode(), mode=mode)
        except (PreconditionError, AlreadyExistsError):
            return False
        return True

    def remove_checkpoint(self) -> None:
        self._tag = None
        try:
            obstore.delete(self._store, self._key(CHECKPOINT))
        except BaseError as error:
            raise self._unusable(said(error)) from error

    def drop_partial(self, path: str) -> None:
        try:
            for batch in obstore.list(self._store, self._key(f"{path}.p"), chunk_size=TILE_WIDTH):
                obstore.delete(self._store, [meta["path"] for meta in batch])
        except (BaseError, FileNotFoundError):  # then they are in nobody's way
            return

    def _in_order(self, size: int) -> Callable[[str], bytes]:
        return _ahead(self.fetch, _paths(size), self._pool)

    def _get(self, path: str) -> tuple[bytes, str | None] | None:
        """The object and its tag; None where there is none."""
        try:
            answer = obstore.get(self._store, self._key(path))
            data = bytes(answer.bytes()) if answer.meta["size"] <= _MOST else b""
        except FileNotFoundError:
            return None
        except BaseError as error:
            raise self._unusable(said(error)) from error
        return data, answer.meta["e_tag"]

    def _put(self, path: str, data: bytes, mode: Any = "overwrite") -> str | None:
        """Its tag. PreconditionError, AlreadyExistsError: the mode forbids it. StoreError."""
        sent: Any = {"mode": mode, "attributes": headers_of(path), "use_multipart": False}
        try:
            done = obstore.put(self._store, self._key(path), data, **sent)
        except (PreconditionError, AlreadyExistsError):
            raise
        except BaseError as error:
            raise self._unusable(said(error)) from error
        return done["e_tag"]

    def _key(self, path: str) -> str:
        return f"{self._prefix}/{path}" if self._prefix else path

    def _unusable(self, why: Say) -> StoreError:
        return StoreError(
            t(
                f"the copy of the log at `{self.address}` cannot be used",
                f"`{self.address}` のログの写しを利用できません",
            ),
            why=why,
            hint=ACCESS,
        )


def _paths(size: int) -> Iterator[str]:
    """Tiles of leaves and bundles of a log, as who goes through it asks for them."""
    for index in range(-(-size // TILE_WIDTH)):
        tile = tile_of(0, index, size)
        yield tile.path
        yield entries_path(index, tile.width)


def _ahead(fetch: Callable[[str], bytes], paths: Iterator[str], pool: ThreadPoolExecutor) -> Callable[[str], bytes]:
    """Fetches what will be asked for while what was asked for is looked at: a store is slow to begin to answer."""
    coming: dict[str, Future[bytes]] = {}

    def more(count: int) -> None:
        coming.update((path, pool.submit(fetch, path)) for path in islice(paths, count))

    def fetched(path: str) -> bytes:
        if not coming:
            more(_READ_AHEAD)
        begun = coming.pop(path, None)
        if begun is None:
            return fetch(path)
        more(1)
        return begun.result()

    return fetched
