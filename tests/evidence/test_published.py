"""What every place must do where a log is published: a folder, and a bucket that several writers may share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cache
from pathlib import Path

import obstore
import pytest
import structlog
from obstore.store import MemoryStore

from tegata.evidence import PublishedLog, TileFolder
from tegata.evidence.audit import check_published
from tegata.evidence.bucket import TileBucket
from tegata.evidence.place import published_at
from tegata.evidence.rollback import look_back, resolve, standing
from tegata.log import leaf_hash, open_checkpoint, read_tiles, root, sign_checkpoint
from tegata.log.checkpoint import decode_hash
from tegata.model.errors import InputError, StoreError, VerificationError
from tests.evidence.logs import KEY, NOW, OpenLog, open_log


def check_as_a_stranger(tiles: PublishedLog, size: int) -> None:
    """From what is published alone: signature, root from the tiles, leaves from the bundles."""
    checkpoint = open_checkpoint(tiles.checkpoint() or "", KEY.public, KEY.did)
    read = read_tiles(cache(tiles.fetch), size)
    assert (checkpoint.size, decode_hash(checkpoint.root)) == (size, root(size, read))
    leaves = [leaf for index in range(-(-size // 256)) for leaf in tiles.leaves(size, index) or []]
    assert [leaf_hash(leaf) for leaf in leaves] == [read(0, index) for index in range(size)]


class PublishedContract(ABC):
    """Subclasses make an empty place and look into it."""

    @pytest.fixture
    @abstractmethod
    def tiles(self, tmp_path: Path) -> PublishedLog: ...

    @abstractmethod
    def there(self) -> set[str]:
        """The paths of all files."""

    @abstractmethod
    def lose(self, path: str) -> None: ...

    async def test_it_follows_the_log_through_every_width(self, tiles: PublishedLog, tmp_path: Path) -> None:
        async with open_log(tmp_path, tiles) as log:
            assert tiles.checkpoint() is None
            size = 0
            for more in (1, 4, 250, 1, 1, 255, 300):
                await log.add(more)
                await log.publisher.publish()
                size += more
                check_as_a_stranger(tiles, size)
            assert (await log.report()).damages == ()

    async def test_unfinished_tiles_go_when_they_are_full(self, tiles: PublishedLog, tmp_path: Path) -> None:
        async with open_log(tmp_path, tiles) as log:
            await log.add(5)
            await log.publisher.publish()
            assert "tile/0/000.p/5" in self.there()
            await log.add(251)
            await log.publisher.publish()
            assert self.there() == {"checkpoint", "tile/0/000", "tile/1/000.p/1", "tile/entries/000"}

    async def test_what_is_lost_is_named(self, tiles: PublishedLog, tmp_path: Path) -> None:
        async with open_log(tmp_path, tiles) as log:
            await log.add(600)
            await log.publisher.publish()
            self.lose("tile/entries/001")
            self.lose("tile/0/002.p/88")
            damages = (await log.report()).damages
            found = {(one.copy, one.index) for one in damages}
            assert found == {("bundles", n) for n in range(256, 512)} | {("tiles", n) for n in range(512, 600)}

    async def test_a_stranger_finds_what_is_damaged_too(self, tiles: PublishedLog, tmp_path: Path) -> None:
        with pytest.raises(VerificationError, match="no log is published"):
            check_published(tiles)
        async with open_log(tmp_path, tiles) as log:
            await log.add(600)
            await log.publisher.publish()
        report = check_published(tiles)
        assert (report.origin, report.size, report.damages) == (KEY.did, 600, ())
        self.lose("tile/entries/001")
        tile = bytearray(tiles.fetch("tile/0/002.p/88"))
        tile[-1] ^= 1
        tiles.put({"tile/0/002.p/88": bytes(tile)})
        found = {(one.copy, one.index) for one in check_published(tiles).damages}
        assert {("bundles", n) for n in range(256, 512)} < found
        assert found - {("bundles", n) for n in range(256, 512)} <= {
            ("tiles", 599),
            ("bundles", 599),
            ("the checkpoint", 600),
        }
        tiles.put({"checkpoint": (tiles.checkpoint() or "").replace("\n600\n", "\n599\n").encode()})
        with pytest.raises(VerificationError):
            check_published(tiles)

    async def test_a_size_that_is_only_claimed_does_not_keep_a_stranger_busy(self, tiles: PublishedLog) -> None:
        tiles.put({"checkpoint": sign_checkpoint(KEY.did, 1 << 60, bytes(32), KEY).note.encode()})
        assert len(check_published(tiles).damages) == 10_000

    async def test_an_older_copy_that_is_put_back_is_told_and_caught_up(
        self, tiles: PublishedLog, tmp_path: Path
    ) -> None:
        async with open_log(tmp_path, tiles) as log:
            await log.add(5)
            await log.publisher.publish()
            old = tiles.checkpoint() or ""
            await log.add(2)
            await log.publisher.publish()
            tiles.put({"checkpoint": old.encode()})
            assert ["older copy" in one.say.en for one in (await log.report()).damages] == [True]
        async with open_log(tmp_path, tiles) as log:
            with structlog.testing.capture_logs() as told:
                await log.publisher.publish()
            assert [(one["event"], one["published"], one["found"]) for one in told] == [("log.copy_rolled_back", 7, 5)]
            check_as_a_stranger(tiles, 7)
            assert (await log.report()).damages == ()

    async def test_a_copy_that_is_gone_is_told_and_written_anew(self, tiles: PublishedLog, tmp_path: Path) -> None:
        async with open_log(tmp_path, tiles) as log:
            await log.add(300)
            await log.publisher.publish()
            for path in self.there():
                self.lose(path)
            assert [one.index for one in (await log.report()).damages] == [0]
        async with open_log(tmp_path, tiles) as log:
            await log.publisher.publish()
            check_as_a_stranger(tiles, 300)

    async def test_a_state_that_is_older_must_not_go_on(self, tiles: PublishedLog, tmp_path: Path) -> None:
        async with open_log(tmp_path / "newer", tiles) as log:
            await log.add(300)
            await log.publisher.publish()
        async with open_log(tmp_path / "older", tiles) as log:
            await log.add(280)
            with pytest.raises(StoreError, match="must not go on"):
                await log.read(look_back, KEY.history, tiles)
            with pytest.raises(StoreError, match="holds 300 entries"):
                await log.publisher.publish()
            await log.store.write(lambda tx: resolve(tx, log.evidence, KEY.history, tiles, NOW))
            await log.publisher.publish()
            check_as_a_stranger(tiles, 301)

    async def test_a_checkpoint_that_is_not_ours_is_not_replaced_before_it_is_resolved(
        self, tiles: PublishedLog, tmp_path: Path
    ) -> None:
        async with open_log(tmp_path, tiles) as log:
            await log.add(5)
            tiles.put({"checkpoint": b"somebody else's\n"})
            with pytest.raises(VerificationError):
                await log.publisher.publish()
            assert (await log.read(standing, KEY.history, tiles)).state == "unreadable-copy"
            await log.store.write(lambda tx: resolve(tx, log.evidence, KEY.history, tiles, NOW))
            await log.publisher.publish()
            check_as_a_stranger(tiles, 5)


class TestFolder(PublishedContract):
    @pytest.fixture
    def tiles(self, tmp_path: Path) -> PublishedLog:
        self.folder = tmp_path / "log"
        return TileFolder(self.folder)

    def there(self) -> set[str]:
        return {str(file.relative_to(self.folder)) for file in self.folder.rglob("*") if file.is_file()}

    def lose(self, path: str) -> None:
        (self.folder / path).unlink()


class TestBucket(PublishedContract):
    @pytest.fixture
    def tiles(self, tmp_path: Path) -> PublishedLog:
        self.store = MemoryStore()
        return TileBucket(self.store, "s3://bucket/log/", "log")

    def there(self) -> set[str]:
        found = (meta["path"] for batch in obstore.list(self.store) for meta in batch)
        return {path.removeprefix("log/") for path in found}

    def lose(self, path: str) -> None:
        obstore.delete(self.store, f"log/{path}")


def _shared(store: MemoryStore) -> TileBucket:
    return TileBucket(store, "s3://bucket/log", "log")


async def test_of_two_writers_the_slower_never_takes_the_checkpoint_back(tmp_path: Path) -> None:
    """Both have read the checkpoint of 5 entries; the one that knows of 7 only comes last."""
    bucket = MemoryStore()
    async with open_log(tmp_path, _shared(bucket)) as log:
        await log.add(5)
        await log.publisher.publish()
        slow = OpenLog(tmp_path, log.store, _shared(bucket))
        await slow.publisher.publish()
        await log.add(2)
        late = await slow.store.write(log.evidence.checkpoint)
        await log.add(300)
        await log.publisher.publish()
        assert not slow.tiles.put_checkpoint(late.note)
        check_as_a_stranger(log.tiles, 307)
        await slow.publisher.publish()
        await log.add(1)
        await slow.publisher.publish()
        check_as_a_stranger(log.tiles, 308)
        await log.publisher.publish()
        assert (await log.report()).damages == ()


async def test_objects_larger_than_any_bundle_are_not_read(tmp_path: Path) -> None:
    bucket = MemoryStore()
    async with open_log(tmp_path, _shared(bucket)) as log:
        await log.add(2)
        await log.publisher.publish()
        obstore.put(bucket, "log/tile/entries/000.p/2", b"\0" * (17 << 20))
        assert log.tiles.fetch("tile/entries/000.p/2") == b""
        assert {one.copy for one in (await log.report()).damages} == {"bundles"}


async def test_an_audit_reads_ahead_and_finds_the_same(tmp_path: Path) -> None:
    """More than is fetched at once: each leaf is compared, and the last one is not forgotten."""
    bucket = MemoryStore()
    async with open_log(tmp_path, _shared(bucket)) as log:
        await log.add(256 * 40 + 3)
        await log.publisher.publish()
        assert (await log.report()).damages == ()
        bundle = bytearray(log.tiles.fetch("tile/entries/040.p/3"))
        bundle[-1] ^= 1
        log.tiles.put({"tile/entries/040.p/3": bytes(bundle)})
        assert [(one.copy, one.index) for one in (await log.report()).damages] == [("bundles", 256 * 40 + 2)]


def test_a_place_is_a_folder_or_an_address(tmp_path: Path) -> None:
    assert published_at("log", tmp_path).address == str(tmp_path / "log")
    assert published_at("s3://bucket/a/log", tmp_path).address == "s3://bucket/a/log"
    with pytest.raises(InputError, match="cannot be read"):
        published_at("s3:///log", tmp_path)
