"""A process that writes until something happens to it. It acknowledges on stdout, as a client outside would see it.

python -m tests.store.child load FOLDER [URL]      many callers at once, until it is killed
python -m tests.store.child one FOLDER             one caller, until the store fails; then it tries once more
python -m tests.store.child full FOLDER BALLAST    as `one`, then frees BALLAST, goes on, opens anew and compares
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import uuid
from pathlib import Path

from tegata.model.errors import StoreError
from tegata.store import Store, log


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


async def append(store: Store, data: bytes) -> None:
    await store.write(lambda tx: log.append(tx, "test", "s", data))


async def load(store: Store) -> None:
    async def caller() -> None:
        while True:
            name = str(uuid.uuid4())
            await append(store, name.encode())
            say(name)

    await asyncio.gather(*(caller() for _ in range(16)))


async def until_it_fails(store: Store, prefix: str, most: int, size: int = 0) -> None:
    for number in itertools.count():
        name = f"{prefix}{number}"
        try:
            await append(store, name.encode().ljust(size, b"."))
        except StoreError as error:
            say(f"failed: {error}")
            return
        say(name)
        if number == most:
            return


async def one(store: Store) -> None:
    await until_it_fails(store, "a", 10_000)
    await until_it_fails(store, "b", 0)


async def full(store: Store, folder: Path, ballast: Path) -> None:
    await until_it_fails(store, "a", 10_000, 4000)
    ballast.unlink()
    await until_it_fails(store, "b", 9, 4000)
    store.close()
    store = Store.open(folder)
    entries = await store.read(lambda tx: log.entries(tx, 0, log.size(tx)))
    say("present: " + " ".join(entry.rstrip(b".").decode() for entry in entries if entry is not None))
    store.close()


def main(mode: str, folder: Path, *more: str) -> None:
    store = Store.open(folder, *more[:1] if mode == "load" else ())
    work = {"load": load, "one": one}.get(mode)
    asyncio.run(work(store) if work else full(store, folder, Path(more[0])))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
