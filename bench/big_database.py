"""A table of a database through scan, protect and transfer: the memory of the provider's node, where that is done apart
and where the node does it itself. ROWS (an environment variable) are 1,000,000 unless it says otherwise.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from pathlib import Path

from tests.postgres import Server

from bench.big_table import call, introduce
from bench.measure import Figure, peak_of_tree, resident_mb
from bench.node_start import node
from tegata.demo.scenario import load_scenario

ROWS = int(os.environ.get("ROWS", "1000000"))
_TABLE = f"""
CREATE TABLE people AS SELECT lpad(n::text, 8, '0') AS number, 'person ' || n AS name, md5(n::text) AS one,
       md5((n + 1)::text) AS two, md5((n + 2)::text) AS three, (n % 90)::text AS age, 'town ' || n % 900 AS town
FROM generate_series(1, {ROWS}) AS n
"""


def figures() -> list[Figure]:
    server = Server()
    try:
        server.sql(_TABLE)
        print(f"  {ROWS:,} rows, {int(server.sql('SELECT pg_table_size($$people$$)')[0][0]) / 1e6:,.0f} MB")
        places = (f"postgresql://tegata@/postgres?host={server.folder}", _in_sqlite(server))
        return [_apart_and_not(place) for place in places]
    finally:
        server.stop()


def _apart_and_not(place: str) -> Figure:
    most, kind = [], place.partition(":")[0]
    for name, settings in (("apart", ""), ("in the node", "apart_from_bytes: 1000000000000\n")):
        with tempfile.TemporaryDirectory() as folder:
            at_most, peak = _transfer(Path(folder), place, settings)
        print(f"  {kind}, {name}: node {at_most:,.0f} MB at most, with its workers {peak:,.0f} MB", flush=True)
        most.append(at_most)
    return Figure(f"{kind}: memory of the node, where it is done apart / in the node", most[0] / most[1], 0.5, "x")


def _in_sqlite(server: Server) -> str:
    """The same table, for an ADBC driver."""
    file = server.folder / "people.db"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE people (number, name, one, two, three, age, town)")
        database.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?, ?, ?)", server.sql("SELECT * FROM people"))
    database.close()
    file.parent.chmod(0o755)
    return f"adbc:sqlite:{file}"


def _transfer(folder: Path, place: str, settings: str) -> tuple[float, float]:
    scenario = load_scenario()
    with (
        node(folder / "a", "Provider", settings, **scenario.provider.stated()) as (provider, _),
        node(folder / "b", "Consumer") as _,
    ):
        introduce(folder, scenario.recipient.at("DE").stated())
        facts = folder / "people.yaml"
        facts.write_text(json.dumps({"data.personal": False, "data.public_record": True}))
        with peak_of_tree(provider.pid) as peak:
            published = call("publish", place, "--facts", str(facts), "--node", str(folder / "a"))
            dataset = published["dataset"]["id"]
            call("get", dataset, "--from", "Provider", "--node", str(folder / "b"), "--out", str(folder / "received"))
        return resident_mb(provider.pid, "VmHWM"), peak[0]
