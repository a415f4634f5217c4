"""`make judges-doors`: tools that others wrote open an agreed data set by the lines that the node shows for them.

Two nodes run; each snippet is run as it is shown, in an environment of its own in which its tool is installed, and then
what it read is looked at. Clients and uses for which no lines are shown are tried besides. Once the transfer is
suspended all of them must fail.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import msgspec

from tegata.doors.snippets import Snippet
from tegata.node.config import SETTINGS, FlightSettings, read_config
from tests.doors.conftest import CITIES, Opening, asked_again, opened
from tests.doors.judged import WANTED, Program, others, shown, versions
from tests.nodes import LiveNode, free_port, live_node, make_node
from tests.services.conftest import OPEN, PROVIDER, recipient
from tests.services.test_opaque import picture


def programs(cities: Opening) -> dict[str, Program]:
    """Tools and what each is to run: the lines that are shown, and of a data set of one table what else there is."""
    doors, endpoint = cities.doors, cities.provider.config.url
    said = {"bucket": f"tegata-{cities.transfer[9:]}", "key": doors["key"], "secret": doors["secret"]}
    said |= {"endpoint": endpoint, "host": endpoint.partition("://")[2], "flight": doors["flight"]}
    lines = msgspec.convert(doors["snippets"], list[Snippet])
    profile = next(one.code for one in lines if one.tool == "profile")
    tables, found = [one["name"] for one in doors["contents"] if not one.get("file")], {}
    for one in lines:
        found |= shown(one, profile, shutil.which("soffice") is not None, tables)
    return found | (others(said, profile) if len(tables) == 1 else {})


def ran(peers: Path, folder: Path, program: Program) -> str:
    """The last line that a program prints, in a new folder."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        tools = peers.absolute() / program.environment / "bin"
        known = os.environ | {"HOME": str(folder), "PATH": f"{tools}:{os.environ['PATH']}"}
        for name, text in program.files.items():
            Path(place, name).write_text(text)
        commands = [["sh", "-c", program.shell]] if program.shell else []
        for command in [*commands, [str(tools / "python"), "-c", program.code]]:
            done = subprocess.run(command, cwd=place, env=known, capture_output=True, text=True, timeout=300)
            if done.returncode:
                break
    return (done.stdout.strip() or done.stderr.strip() or "(nothing)").splitlines()[-1]


async def tried(peers: Path, folder: Path, cities: Opening, shut: bool) -> int:
    """Run all of them, and tell how many did what they should not."""
    failed = 0
    for tool, program in programs(cities).items():
        said = await asyncio.to_thread(ran, peers, folder, program)
        failed += (said == WANTED) == shut
        opens, otherwise = ("STILL opens it", "shut") if shut else ("opens it", said)
        print(
            f"{tool:16}{opens if said == WANTED else otherwise}{' once the transfer is suspended' * shut}", flush=True
        )
    return failed


def with_flight(folder: Path) -> None:
    """The settings of a node with the Flight SQL door beside the others."""
    settings = FlightSettings(listen=f"127.0.0.1:{free_port()}")
    config = msgspec.structs.replace(read_config(folder), flight=settings)
    (folder / SETTINGS).write_bytes(msgspec.yaml.encode(config))


async def several(provider: LiveNode, consumer: LiveNode, folder: Path) -> Opening:
    """A data set of two tables and a picture."""
    town = folder / "town"
    (town / "写真").mkdir(parents=True)
    (town / "cities.csv").write_text(CITIES, encoding="utf-8", newline="")
    (town / "people.csv").write_text("code,people\n010006,5\n131016,6\n")
    picture(town / "写真" / "地図.png")
    return await opened(provider, consumer, town, OPEN)


async def judged(peers: Path, folder: Path, there: Opening) -> int:
    print(f"\nTables: {', '.join(one['name'] for one in there.doors['contents'])}")
    failed, plenty = await tried(peers, folder, there, shut=False), programs(there)
    await there.order("suspend")
    print("\nOnce the transfer is suspended:")
    failed += await tried(peers, folder, there, shut=True)
    state = (await there.provider.call("GET", f"/v1/transfers/{there.transfer}"))[1]["state"]
    print(json.dumps({"tried": len(plenty), "state": state, "entries": await there.kinds()}))
    return failed


async def judged_versions(peers: Path, folder: Path, provider: LiveNode, consumer: LiveNode) -> int:
    """A table that is delivered twice: clients read both versions, and what changed."""
    source = folder / "again" / "data.csv"
    source.parent.mkdir()
    source.write_text(CITIES, encoding="utf-8", newline="")
    before = await opened(provider, consumer, source, OPEN)
    first = dt.datetime.now(dt.UTC).isoformat()
    source.write_text(CITIES.replace("131016", "400009").replace("66680", "8"), encoding="utf-8", newline="")
    after = await asked_again(before)
    lines = msgspec.convert(after.doors["snippets"], list[Snippet])
    profile = next(one.code for one in lines if one.tool == "profile")
    found, failed = versions(first, profile, provider.config.url, after.token), 0
    for shut in (False, True):
        for name, program in found.items():
            said = await asyncio.to_thread(ran, peers, folder, program)
            failed += (said == WANTED) == shut
            print(f"{name:16}{said}", flush=True)
        await after.order("suspend") if not shut else None
    return failed


async def judge(peers: Path, folder: Path) -> int:
    make_node(folder / "provider", "Example Provider", PROVIDER)
    with_flight(folder / "provider")
    make_node(folder / "consumer", "Example Consumer")
    source = folder / "data.csv"
    source.write_text(CITIES, encoding="utf-8", newline="")
    async with live_node(folder / "provider") as provider, live_node(folder / "consumer") as consumer:
        await provider.knows(consumer, "Example Consumer", recipient("DE"))
        await consumer.knows(provider, "Example Provider", {})
        failed = 0
        for there in (await opened(provider, consumer, source, OPEN), await several(provider, consumer, folder)):
            failed += await judged(peers, folder, there)
        failed += await judged_versions(peers, folder, provider, consumer)
    return min(failed, 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, required=True, help="folder of the environments that have the tools")
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(judge(parser.parse_args().peers, Path(folder)))


if __name__ == "__main__":
    raise SystemExit(main())
