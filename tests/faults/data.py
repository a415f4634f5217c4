"""A large file that crosses between two real nodes while either is killed again and again, at bytes chosen by a seed.

python -m tests.faults.data --size 4G --kills 200
python -m tests.faults.data --size 2G --total 100G --kills 200 --opaque

The second crosses in rounds, each with an agreement and a file of its own: what was proven is removed, so that the disk
does not bound the sum.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tegata.cli.client import NodeClient
from tegata.evidence import recorded
from tegata.store import acquisitions
from tests.faults.looking import look, wrong
from tests.faults.processes import NodeProcess, two_nodes, until
from tests.services.conftest import OPEN, PROVIDER, recipient

_BLOCK = 1 << 20
_MEMORY = 500 << 20  # bytes that a node may take, however large the data is
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


@dataclass(frozen=True)
class Crossing:
    """What became of it: kills that struck in the middle, seconds, the most memory of either node, and what does not
    hold."""

    size: int
    kills: int
    seconds: float
    memory: tuple[int, int]  # bytes, of provider and consumer
    wrong: list[str]

    def and_then(self, other: Crossing) -> Crossing:
        """Both together."""
        memory = (max(self.memory[0], other.memory[0]), max(self.memory[1], other.memory[1]))
        found = [*self.wrong, *other.wrong]
        return Crossing(self.size + other.size, self.kills + other.kills, self.seconds + other.seconds, memory, found)


def large_table(path: Path, size: int) -> Path:
    """A table without people of about so many bytes, no two of its megabytes alike."""
    rows = _BLOCK // 64
    with path.open("wb") as file:
        file.write(b"n,text\r\n")
        for block in range(max(size // _BLOCK, 1)):
            first = block * rows
            file.write(b"".join(b"%012d,%s\r\n" % (n, b"x" * 49) for n in range(first, first + rows)))
    return path


def opaque_file(path: Path, size: int) -> Path:
    """No table, of about so many bytes, no two of its megabytes alike."""
    noise = random.Random(size).randbytes(_BLOCK - 16)
    with path.open("wb") as file:
        for block in range(max(size // _BLOCK, 1)):
            file.write(b"\0%015d" % block + noise)
    return path


def cross(
    folder: Path, size: int, kills: int, seed: int = 1, patience: float = 120, *, opaque: bool = False
) -> Crossing:
    """Acquire a table of `size` bytes, or a file that is none, under so many kills of either side. The folder takes
    three times its size.

    The agreement limits the rate, so that the kills fall where they are meant to.
    """
    rate = max(4 * size // max(kills, 4), 1 << 20)
    chance, begun = random.Random(seed), time.monotonic()
    with two_nodes(folder, PROVIDER, recipient("DE")) as (provider, consumer):
        file = opaque_file(folder / "large.bin", size) if opaque else large_table(folder / "large.csv", size)
        dataset = provider.publish(file, OPEN, "--rate", str(rate), seconds=patience)
        NodeClient(consumer.folder).post("/v1/acquisitions", {"peer": "Provider", "dataset": dataset})
        struck = 0
        for place in sorted(chance.randrange(size) for _ in range(kills)):
            if not until(lambda place=place: _arrived(consumer.folder) >= place or _done(consumer.folder), patience):
                break
            if _done(consumer.folder):
                break
            struck += 1
            one = chance.choice((provider, consumer))
            one.kill()
            one.start()
        arrived = until(lambda: _done(consumer.folder), patience)
        until(lambda: not wrong(provider.folder, consumer.folder), patience)  # both have heard of the end
        found = [] if arrived else ["the data has not arrived"]
        found += [*_differing(provider, consumer), *wrong(provider.folder, consumer.folder)]
        for node in (provider, consumer):
            node.log_is_whole()
            node.weigh()
        found += [f"a node took {node.memory:,} bytes" for node in (provider, consumer) if node.memory > _MEMORY]
    return Crossing(size, struck, time.monotonic() - begun, (provider.memory, consumer.memory), found)


def _arrived(folder: Path) -> int:
    """Bytes that lie there of what is under way."""
    sizes = [0]
    for place, _, names in os.walk(folder / "received"):
        for name in names:
            try:
                sizes.append((Path(place) / name).stat().st_size if name.endswith(".part") else 0)
            except FileNotFoundError:
                continue
    return max(sizes)


def _done(folder: Path) -> bool:
    return any({"data.csv", "data.bin"} & set(names) for _, _, names in os.walk(folder / "received"))


def _differing(provider: NodeProcess, consumer: NodeProcess) -> Iterator[str]:
    """One release and one delivery, of the very bytes that lie at the consumer; nothing left of attempts."""
    with look(provider.folder) as there, look(consumer.folder) as here:
        released = [entry for entry in recorded(there.tx) if entry.kind == "release"]
        delivered = [entry for entry in recorded(here.tx) if entry.kind == "delivery"]
        if len(released) != 1 or len(delivered) != 1:
            yield f"{len(released)} releases and {len(delivered)} deliveries are recorded"
            return
        acquisition = acquisitions.of_transfer(here.tx, delivered[0].subject)
    said = {str(one.body["data_digest"]) for one in (*released, *delivered)}
    data = Path(acquisition.data if acquisition else "")
    if said != {_digest(data)}:
        yield f"{data} is not what was released and delivered"
    if released[0].at >= delivered[0].at:
        yield "it was delivered before it was released"
    if _arrived(consumer.folder):
        yield "a part of an attempt was left"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def rounds(total: int, size: int, kills: int) -> Iterator[tuple[int, int]]:
    """Bytes and kills of each crossing, until `total` bytes have crossed; the kills are shared out evenly."""
    count = max(-(-total // size), 1)
    for turn in range(count):
        yield min(size, total - turn * size), kills * (turn + 1) // count - kills * turn // count


def _read_size(text: str) -> int:
    return int(float(text[:-1]) * _UNITS[text[-1].upper()])


def _told(done: Crossing) -> str:
    return (
        f"{done.size:,} bytes through {done.kills} kills of either side in {done.seconds:.0f} s, memory at most "
        f"{done.memory[0] >> 20} MiB at the provider, {done.memory[1] >> 20} MiB at the consumer"
    )


def main() -> int:
    reader = argparse.ArgumentParser()
    reader.add_argument("--size", default="2G", help="of a file, with K, M or G")
    reader.add_argument("--total", default="", help="cross in rounds of --size, until so many bytes have crossed")
    reader.add_argument("--kills", type=int, default=200, help="in all rounds together")
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--opaque", action="store_true", help="files that are no tables: they go as they are")
    reader.add_argument("--folder", type=Path)
    asked = reader.parse_args()
    size = _read_size(asked.size)
    if asked.folder:
        asked.folder.mkdir(parents=True, exist_ok=True)
    all_of_it = Crossing(0, 0, 0.0, (0, 0), [])
    for turn, (share, kills) in enumerate(rounds(_read_size(asked.total or asked.size), size, asked.kills)):
        with tempfile.TemporaryDirectory(prefix="tegata-soak-", dir=asked.folder) as folder:
            done = cross(Path(folder), share, kills, asked.seed + turn, patience=3600, opaque=asked.opaque)
        all_of_it = all_of_it.and_then(done)
        print("\n".join([f"round {turn + 1}: {_told(done)}", *done.wrong]), flush=True)
        print(f"so far: {_told(all_of_it)}", flush=True)
    print("\n".join(all_of_it.wrong) or "every byte right, one release before one delivery, all logs whole")
    return bool(all_of_it.wrong)


if __name__ == "__main__":
    raise SystemExit(main())
