"""Prints every figure of the README with its limit; exit code 1 when one is not held."""

from __future__ import annotations

import importlib
import sys

SCRIPTS = (
    "command_start",
    "node_start",
    "demo_time",
    "big_table",
    "scan_speed",
    "rules_speed",
    "protect_speed",
    "ledger_rate",
)


def main(names: list[str]) -> int:
    held = True
    for name in names or SCRIPTS:
        module = importlib.import_module(f"bench.{name}")
        print(f"{name}: {module.__doc__.strip()}", flush=True)
        for figure in module.figures():
            print(f"  {figure}", flush=True)
            held = held and figure.held
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
