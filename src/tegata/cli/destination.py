"""Where what was received goes: a folder, a bucket, a database, an address of the web, a broker. Each file whole or not
at all."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path

from tegata.cli.files import unwritable
from tegata.model.base import Text, t
from tegata.model.errors import StoreError, UsageError


class Destination(ABC):
    """Names of files are relative, with `/` between folders."""

    @abstractmethod
    def shown(self, name: str) -> str:
        """Where a file of that name lies, in words for people and tools."""

    @abstractmethod
    def is_taken(self, name: str) -> bool:
        """Whether something lies there. StoreError: it cannot be told."""

    @abstractmethod
    def put(self, name: str, file: Path) -> None:
        """Lay a file there, in place of what lies there. What breaks off leaves nothing. StoreError."""

    def put_parts(self, name: str, archive: Path) -> None:
        """Lay the parts of an archive below `name`, its manifest last: where that lies, everything lies.

        Raises:
            InputError: the archive is not what it says; nothing was laid down. StoreError.
        """
        from tegata.tables.pack import MANIFEST
        from tegata.tables.unpack import unpack

        with tempfile.TemporaryDirectory(prefix="tegata-parts-") as scratch:
            folder = Path(scratch) / "parts"
            try:
                manifest = unpack(archive, folder)
            except OSError as error:
                raise unwritable(folder, error) from None
            for file in (*(packed.file for packed in manifest.files), MANIFEST):
                self.put(f"{name}/{file}", folder / file)

    def refuse_taken(self, name: str, *, force: bool) -> None:
        """UsageError unless a name is free or may be overwritten."""
        if not force and self.is_taken(name):
            raise UsageError(
                t(f"`{self.shown(name)}` already exists", f"`{self.shown(name)}` は既にあります"),
                hint=t(
                    "choose another place with `--out`, or overwrite it with `--force`",
                    "`--out` で別の場所にするか `--force` で上書きしてください",
                ),
            )

    def refuse_taken_parts(self, name: str, *, force: bool) -> None:
        """The same for a data set of parts, whatever of it lies there."""
        from tegata.tables.pack import MANIFEST

        self.refuse_taken(f"{name}/{MANIFEST}", force=force)


class Folder(Destination):
    """A folder on this machine."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def shown(self, name: str) -> str:
        return str(self._path / name)

    def is_taken(self, name: str) -> bool:
        return os.path.lexists(self._path / name)

    def put(self, name: str, file: Path) -> None:
        target = self._path / name
        staged = target.with_name(f".{target.name}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, staged)
            os.replace(staged, target)
        except OSError as error:
            raise unwritable(target, error) from None
        finally:
            with contextlib.suppress(OSError):
                staged.unlink(missing_ok=True)

    def put_parts(self, name: str, archive: Path) -> None:
        """The folder appears whole, in place of an earlier one."""
        from tegata.tables.unpack import unpack

        folder = self._path / name
        fresh = folder.with_name(f".{folder.name}.new")
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(fresh, ignore_errors=True)
            unpack(archive, fresh)
            if folder.is_dir():
                shutil.rmtree(folder)
            fresh.rename(folder)
        except OSError as error:
            raise unwritable(folder, error) from None
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def refuse_taken_parts(self, name: str, *, force: bool) -> None:
        """What came from here may be overwritten; a folder with anything else in it never is."""
        from tegata.tables.pack import MANIFEST

        if self.is_taken(f"{name}/{MANIFEST}"):
            self.refuse_taken(name, force=force)
        elif self.is_taken(name):
            raise UsageError(
                t(f"`{self.shown(name)}` is there already", f"`{self.shown(name)}` は既にあります"),
                hint=t(
                    "name another folder with `--out`; `--force` overwrites what was received before",
                    "`--out` で別のフォルダを指定してください。`--force` で上書きできるのは以前に受信したものだけです",
                ),
            )


def destination_at(place: Path | str, node: Path) -> Destination:
    """A folder, or what an address names: `s3://...`, `adbc:...`, `postgresql://...`; `https://...` (a context broker's
    too), `mqtts://...`, `kafkas://...` by the gate of the node in this folder.

    Raises:
        UsageError: nothing can be laid there. InputError, StoreError: a database that cannot be reached.
    """
    if isinstance(place, Path):
        return Folder(place)
    if place.startswith("s3://"):
        if importlib.util.find_spec("obstore") is None:
            raise _missing_extra("s3")
        from tegata.cli.bucket import Bucket

        return Bucket.at(place)
    if place.startswith(("mqtts://", "mqtt://")):
        from tegata.cli.mqtt_topic import MqttTopic

        return MqttTopic(place, node)
    if place.startswith(("kafkas://", "kafka://")):
        from tegata.cli.kafka_topic import KafkaTopic

        return KafkaTopic(place, node)
    if place.startswith(("https://", "http://")):
        from tegata.catalog.brokers import is_broker

        if is_broker(place):
            from tegata.cli.entities import Entities

            return Entities(place, node)
        from tegata.cli.web import Web

        return Web(place, node)
    if place.startswith(("adbc:", "postgresql://")):
        if importlib.util.find_spec("adbc_driver_manager") is None:
            raise _missing_extra("adbc")
        from tegata.cli.database import Database

        return Database(place if place.startswith("adbc:") else f"adbc:postgresql:{place}")
    raise UsageError(
        t(f"nothing can be laid at `{place}`", f"`{place}` には置けません"),
        hint=t(
            "name a folder, s3://..., adbc:..., postgresql://..., https://..., mqtts:// or kafkas://...",
            "フォルダ、s3://...、adbc:...、postgresql://...、https://...、mqtts:// か kafkas://... を指定してください",
        ),
    )


def not_laid(place: str, why: str | Text, hint: str | Text) -> StoreError:
    return StoreError(t(f"`{place}` cannot be written", f"`{place}` に書き込めません"), why=why, hint=hint)


def _missing_extra(extra: str) -> UsageError:
    return UsageError(
        t("nothing can be laid there yet", "そこにはまだ置けません"),
        why=t(f"the extra `{extra}` is not installed", f"追加機能 `{extra}` がインストールされていません"),
        hint=f"pip install 'tegata[{extra}]'",
    )
