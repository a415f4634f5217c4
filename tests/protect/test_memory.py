"""Promise 7: memory is bounded by configuration, not by the size of the data."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LIMIT_MB = 300
CODE = """
import sys
from pathlib import Path
from tegata.model.plan import ProtectionPlan
from tegata.model.step import Drop, Generalise, Pseudonymise
from tegata.protect import apply_plan
from tegata.tables import open_source
steps = (Pseudonymise(column="id"), Drop(column="name"), Generalise(column="born", to="year"))
source = open_source(Path(sys.argv[1]))
apply_plan(source, ProtectionPlan(steps=steps), Path(sys.argv[2]), key=bytes(32), out_format=sys.argv[3])
status = Path("/proc/self/status").read_text()  # not ru_maxrss, which remembers the process that started us
print(int(status.partition("VmHWM:")[2].split()[0]) // 1024)
"""


def peak_mb(folder: Path, size: int, form: str) -> int:
    """Peak memory of a process that protects a table of `size` bytes, in MB."""
    path = folder / "in.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("id,name,born,place,note\n")
        number = 0
        while file.tell() < size:
            for _ in range(10_000):
                file.write(
                    f'{number},"Name, {number}",19{number % 90 + 10}-0{number % 9 + 1}-11,東京都,"a ""{number}"" b"\n'
                )
                number += 1
    run = [sys.executable, "-c", CODE, str(path), str(folder / "out"), form]
    return int(subprocess.run(run, capture_output=True, text=True, check=True).stdout)


def test_a_table_of_many_blocks(tmp_path: Path) -> None:
    assert peak_mb(tmp_path, 20 << 20, "csv") < LIMIT_MB


@pytest.mark.soak
@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl"])
def test_a_gigabyte(tmp_path: Path, form: str, request: pytest.FixtureRequest) -> None:
    if "soak" not in request.config.getoption("markexpr"):
        pytest.skip("minutes long: run with -m soak")
    assert peak_mb(tmp_path, 1 << 30, form) < LIMIT_MB
