"""Prints figures beside their limits, or beside the goal that is still ahead; exit code 1 when one is not held.

python -m bench                    the figures of the README (`make bench`)
python -m bench scan_speed ...     one part of the program, by the names of the scripts (`make bench-scan` ...)
"""

from __future__ import annotations

import importlib
import sys

README = ("command_start", "node_start", "demo_time", "big_table")


def main(names: list[str]) -> int:
    held = True
    for name in names or README:
        module = importlib.import_module(f"bench.{name}")
        print(f"{name}: {(module.__doc__ or '').strip()}", flush=True)
        for figure in module.figures():
            print(f"  {figure}", flush=True)
            held = held and figure.held
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
