"""S3-compatible stores: every object below a prefix, each read as the file that it would be.

The address is the user's own (`s3://bucket/prefix`). Keys, region and endpoint are those of its other tools: the
variables AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT and AWS_ALLOW_HTTP.
"""

from __future__ import annotations

import datetime as dt
import os
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, PreconditionError
from obstore.store import S3Store

from tegata.model.base import t
from tegata.model.errors import InputError, Say
from tegata.model.profile import Unread
from tegata.tables.archive import no_space
from tegata.tables.collection import MAX_PARTS, Collection, Part, Workspace, unread
from tegata.tables.folder import LITTER
from tegata.tables.forms import HEAD, form_of, open_table
from tegata.tables.gathering import gathered, of_file
from tegata.tables.source import BLOCK, Source

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

ACCESS: Final = t(
    "check the address and the variables AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT",
    "アドレスと、AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY、AWS_REGION、AWS_ENDPOINT の各変数を確認してください",
)
_RETRY: Final[RetryConfig] = {"max_retries": 3, "retry_timeout": dt.timedelta(seconds=20)}
_CONTAINERS: Final = frozenset({"zip", "xlsx", "document", "sqlite", "duckdb"})
"""What holds tables that cannot be listed without the whole file."""


def s3_collection(address: str) -> Collection:
    """All tables at `s3://bucket/prefix`, or the one object of that name.

    An object that is one table is fetched when its turn comes, and removed when it was read; archives, workbooks and
    databases are fetched at once. Only the version that was listed is read: an object that changed meanwhile is not.

    Raises:
        InputError: the store cannot be reached, refuses, or has nothing there.
        StoreError: an object does not fit on the disk.
    """
    try:
        return of_store(address, *store_at(address))
    except BaseError as error:
        raise _unreadable(address, said(error)) from error


def store_at(address: str) -> tuple[S3Store, str]:
    """The store at `s3://bucket/prefix`, and the prefix. InputError where it is no such address."""
    place = urlsplit(address)
    if not place.netloc or place.query or place.username:
        raise _unreadable(
            address, t("it is no address of the form `s3://bucket/prefix`", "`s3://バケット/接頭辞` の形ではありません")
        )
    try:
        return S3Store(place.netloc, retry_config=_RETRY, client_options=_client()), place.path.strip("/")
    except BaseError as error:
        raise _unreadable(address, said(error)) from error


def of_store(address: str, store: Any, prefix: str) -> Collection:
    """The same for a store of obstore; what it raises is passed on."""
    bucket = _Bucket(store, Workspace())
    found: list[Part | Unread] = []
    size, empty = 0, 0
    for meta, name in _listed(store, prefix):
        size += meta["size"]
        empty += not meta["size"]
        if meta["size"]:
            found += bucket.parts(meta, name)
        if len(found) > MAX_PARTS:
            raise _unreadable(address, t(f"it holds more than {MAX_PARTS:,} tables", f"表が {MAX_PARTS:,} を超えます"))
    notes = (t(f"empty objects: {empty:,}", f"空のオブジェクト: {empty:,} 件"),) if empty else ()
    return gathered(address, "s3", size, found, notes)


def _listed(store: Any, prefix: str) -> Iterator[tuple[Any, str]]:
    """Objects in the order of their names, and their names below the prefix."""
    if prefix:
        try:
            meta = obstore.head(store, prefix)
        except FileNotFoundError:
            pass
        else:
            yield meta, prefix.rpartition("/")[2]
            return
    metas = [meta for batch in obstore.list(store, prefix or None, chunk_size=1000) for meta in batch]
    for meta in sorted(metas, key=lambda one: one["path"]):
        name = meta["path"].removeprefix(prefix).lstrip("/")
        if not LITTER.intersection(name.split("/")):
            yield meta, name


@dataclass(frozen=True)
class _Bucket:
    """Fetches objects into files of ours."""

    store: Any
    workspace: Workspace

    def parts(self, meta: Any, name: str) -> Iterator[Part | Unread]:
        """What an object holds, told by its first bytes as that of a file is."""
        file = self.workspace.new_file()
        part = Part(name, file, meta["size"], partial(self._opened, meta, file))
        try:
            if self._form(meta, file) not in _CONTAINERS:
                yield part
                return
            self._fetch(meta, file)
        except InputError as error:
            yield unread(part, error)
        else:
            yield from (self._held(one) for one in of_file(file, name))

    def _form(self, meta: Any, file: Path) -> str:
        try:
            file.write_bytes(obstore.get_range(self.store, meta["path"], start=0, end=min(HEAD, meta["size"])))
            return form_of(file)
        except BaseError as error:
            raise _unreadable(meta["path"], said(error)) from error
        finally:
            file.unlink(missing_ok=True)

    def _opened(self, meta: Any, file: Path) -> Source:
        self._fetch(meta, file)
        source = open_table(file)
        source.held = self.workspace
        weakref.finalize(source, file.unlink, missing_ok=True)
        return source

    def _held(self, found: Part | Unread) -> Part | Unread:
        return found if isinstance(found, Unread) else found.holding(self.workspace)

    def _fetch(self, meta: Any, file: Path) -> None:
        """All of the version that was listed."""
        try:
            answer = obstore.get(self.store, meta["path"], options={"if_match": meta["e_tag"]})
            with file.open("wb") as out:
                for block in answer.stream(min_chunk_size=BLOCK):
                    out.write(block)
        except PreconditionError as error:
            raise _unreadable(
                meta["path"], t("it has changed since it was listed", "一覧の後で変更されました")
            ) from error
        except (BaseError, FileNotFoundError) as error:
            raise _unreadable(meta["path"], said(error)) from error
        except OSError as error:
            file.unlink(missing_ok=True)
            raise no_space(file, error) from error


def _client() -> ClientConfig:
    """What options state hides the variable of the same meaning."""
    plain = os.environ.get("AWS_ALLOW_HTTP", "").lower() == "true"
    return {"allow_http": plain, "connect_timeout": "5s", "timeout": "60s", "user_agent": "tegata"}


def said(error: Exception) -> str:
    """The reason in one line; the library goes on with how it came to it."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].strip()[:300]


def _unreadable(place: str, why: Say) -> InputError:
    return InputError(
        t(f"`{place}` cannot be read", f"`{place}` を読み取れません"),
        why=why,
        hint=ACCESS,
    )
