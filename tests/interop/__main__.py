"""Eclipse EDC and our node deal with each other, in both directions (`make interop-edc`); exit code 0 if all holds.

The node is what users install but for its tokens (`node.py`); EDC is what is published but for our glue (`java/`).
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tegata.trust import SigningKey
from tests.faults.processes import NodeProcess, tegata
from tests.interop.connector import Party
from tests.interop.giving import Giving
from tests.interop.runtime import class_path, edc
from tests.interop.source import source
from tests.interop.taking import Taking
from tests.services.conftest import PROVIDER, recipient

Scenario = Callable[[], Iterator[str]]
_NODE: Final = (sys.executable, "-m", "tests.interop.node")


def main() -> int:
    path = class_path()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        connector = stack.enter_context(edc(path, SigningKey.generate(os.urandom(32)).did))
        connector.open_access()
        node = NodeProcess(folder / "node", "Tegata", PROVIDER, _NODE)
        stack.callback(node.kill)
        own = node.start()
        facts = [word for fact in recipient("DE").items() for word in ("--facts", _stated(*fact))]
        known = ("--name", "EDC", "--url", connector.party.base, "--without-passports", *facts)
        code, answer = tegata("node", "peer", "add", connector.party.id, *known, "--node", str(node.folder))
        assert code == 0, answer
        giving = Giving(node, Party(own["id"], own["url"]), connector, folder)
        taking = Taking(node, own["id"], connector, stack.enter_context(source()), folder)
        scenarios = (
            *(giving.takes, giving.pauses, giving.ends, giving.conditions, giving.refuses),
            *(taking.takes, taking.constraints, taking.pauses, taking.ends),
        )
        failed = sum(not _holds(scenario) for scenario in scenarios)
        if failed:
            print((node.folder / "node.log").read_text())
    print(f"{len(scenarios) - failed} of {len(scenarios)} scenarios passed")
    return 1 if failed else 0


def _holds(scenario: Scenario) -> bool:
    """Print what holds, and what did not: the rest of a scenario stands on it."""
    try:
        for step in scenario():
            print("passed", step, flush=True)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other scenarios are still to be seen
        print(f"FAILED after that in `{scenario.__qualname__}`: {type(error).__name__} {error}", flush=True)
        return False
    return True


def _stated(name: str, value: object) -> str:
    """A fact as the command line takes it."""
    words = ",".join(value) if isinstance(value, list) else str(value)
    return f"{name}={words.lower() if isinstance(value, bool) else words}"


if __name__ == "__main__":
    sys.exit(main())
