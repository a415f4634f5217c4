"""`python -m tests.ledger`: random plans in great number against the oracle, and what came of them."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.ledger.plans import run
from tests.ledger.world import WrongError
from tests.postgres import Server


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.ledger", description=__doc__)
    parser.add_argument("--plans", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first plan, its seed")
    parser.add_argument("--postgres", action="store_true", help="over a throw-away PostgreSQL instead of SQLite")
    asked = parser.parse_args()
    server = Server() if asked.postgres else None
    try:
        return _tell(asked, server)
    finally:
        if server:
            server.remove()


def _tell(asked: argparse.Namespace, server: Server | None) -> int:
    began, found, wrong = time.monotonic(), Counter[str](), list[WrongError]()
    for seed in range(asked.first, asked.first + asked.plans):
        try:
            found += _one(seed, server)
        except WrongError as error:
            wrong.append(error)
            print(f"plan {seed}: {error}", flush=True)
    kinds = Counter(error.kind for error in wrong)
    print(
        f"{asked.plans} plans on {'PostgreSQL' if server else 'SQLite'} in {time.monotonic() - began:.0f} s:", end=" "
    )
    print(", ".join(f"{n} {what}" for what, n in sorted(found.items())), end="; ")
    print(f"{kinds['missed']} misses, {kinds['blocked']} false blocks")
    return 1 if wrong else 0


def _one(seed: int, server: Server | None) -> Counter[str]:
    with tempfile.TemporaryDirectory() as folder:
        if server is None:
            return run(Path(folder), seed).seen
        schema = server.new_schema()
        try:
            return run(Path(folder), seed, server.url(schema)).seen
        finally:
            server.sql(f"DROP SCHEMA {schema} CASCADE")


if __name__ == "__main__":
    sys.exit(main())
