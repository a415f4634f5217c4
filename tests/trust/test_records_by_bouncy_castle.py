"""Bouncy Castle judges our evidence records (`make judge-records`; needs a JDK and Maven)."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.trust.test_evidence_record import CONTENTS, begun, prolonged, rehashed

JUDGE = Path(__file__).parent / "judges" / "Records.java"
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
MONTH = dt.timedelta(days=30)


@pytest.mark.soak
def test_bouncy_castle_agrees(tmp_path: Path) -> None:
    jars = os.environ.get("BOUNCY_CASTLE", "")
    if not jars or shutil.which("java") is None:
        pytest.skip("say in BOUNCY_CASTLE where its jars are: make judge-records does")
    own, alone, one = CONTENTS[2], begun([CONTENTS[2]])[0], begun(CONTENTS)[2]
    records = {
        "alone": alone,
        "of five": one,
        "prolonged": prolonged(one, START + MONTH),
        "begun anew": rehashed(one, own, START + MONTH),
        "both": prolonged(rehashed(prolonged(one, START + MONTH), own, START + 2 * MONTH), START + 3 * MONTH),
    }
    (tmp_path / "own").write_bytes(own)
    (tmp_path / "other").write_bytes(b"other")
    words = []
    for name, record in records.items():
        (tmp_path / name).write_bytes(record.encode())
        words += [name, "own", name, "other"]
    done = subprocess.run(
        ["java", "-cp", jars, str(JUDGE), *words], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    said = done.stdout.splitlines()
    assert [line == "valid" for line in said] == [True, False] * len(records), said
