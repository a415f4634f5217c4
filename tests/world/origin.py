"""The nodes with which every world begins: five that know each other, the first with an open data set."""

from __future__ import annotations

import functools
import random
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import apsw
import structlog

from tegata.node import init_node
from tegata.node.config import read_config
from tegata.node.run import read_secrets
from tegata.store import Store
from tests.moves import note_moves
from tests.services.conftest import OPEN, PROVIDER, postal, recipient
from tests.world import world
from tests.world.machine import Machine, Origin
from tests.world.network import Network

_NODES = 5


@functools.cache
def origins() -> tuple[list[Origin], str]:
    """The nodes, and the id of the data set. Made once per process, alike in every process but for their folder."""
    structlog.configure(processors=[], logger_factory=structlog.ReturnLoggerFactory())
    memory = Path("/dev/shm")
    place = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
    origins.place = place  # type: ignore[attr-defined]  # it goes when the process does
    made: tuple[list[Origin], str] = world.in_world(0, functools.partial(_make, Path(place.name)))
    return made


async def _make(place: Path) -> tuple[list[Origin], str]:
    bare = [_bare(place / f"n{n}", n) for n in range(_NODES)]
    chance, untold, counts = random.Random(0), list[str]().append, Counter[str]()
    network = Network(chance, untold, counts)
    machines = [Machine(one, network, chance, untold, counts) for one in bare]
    for machine in machines:
        machine.start()
        for other in bare:
            if other.name != machine.name:
                entry = {"id": other.keys.key.did, "name": other.name, "url": other.config.url + "/dsp/2025-1"}
                await _done(machine, "/v1/participants", entry | {"facts": recipient("DE")})
    title = {"en": "postal", "ja": "postal"}
    path = str(postal(place / "postal.csv"))
    document = await _done(
        machines[0], "/v1/datasets", {"path": path, "title": title, "description": title, "facts": OPEN}
    )
    dataset = document["dataset"]["id"]
    for machine in machines:
        machine.stop()
    return [_with(machine) for machine in machines], dataset


async def _done(machine: Machine, path: str, body: Any) -> Any:
    status, document = await machine.manage(path, body)
    if status != 201:
        raise AssertionError(document)
    return document


def _bare(folder: Path, n: int) -> Origin:
    init_node(folder, name=f"n{n}", dsp_port=20_000 + n, management_port=21_000 + n, facts=PROVIDER)
    Store.open(folder / "state").close()
    raw = apsw.Connection(str(folder / "state" / "state.sqlite3"))
    raw.pragma("journal_mode", "delete")  # a database in memory has no log beside it
    note_moves(raw)
    disk = raw.serialize("main")
    raw.close()
    return Origin(f"n{n}", folder, read_config(folder), read_secrets(folder), disk)


def _with(machine: Machine) -> Origin:
    one = machine.origin
    return Origin(one.name, one.folder, one.config, one.keys, machine.disk.serialize("main"))
