"""Real municipal tables with their defects through scan, check and protect: a sensible answer, never a traceback."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tegata.model.decision import Decision, Outcome
from tests.cli.conftest import Tegata, write_flow
from tests.shared_data import shared_data

TABLES = (".csv", ".xlsx")


@pytest.mark.parametrize("name", ["opendata-messy", "japan-registry"])
@pytest.mark.parametrize("one_in", [4, pytest.param(1, marks=pytest.mark.soak)])  # all of them: `make judge-scan`
def test_every_table_is_checked_and_protected_or_refused_in_words(
    tegata: Tegata, tmp_path: Path, name: str, one_in: int
) -> None:
    folder = shared_data(name)
    flow = write_flow(tmp_path, "DE")
    tables = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in TABLES]
    decided = [_walk(tegata, path, flow, tmp_path) for path in tables[::one_in]]
    assert decided.count(None) <= len(decided) // 10, "most tables can be read"
    assert Outcome.ALLOW_WITH_CONDITIONS in decided or Outcome.ALLOW in decided


def _walk(tegata: Tegata, path: Path, flow: Path, folder: Path) -> Outcome | None:
    """The outcome of one table, None when it cannot be read."""
    saved, out = folder / "decision.json", folder / "out.csv"
    checked = tegata("check", path, "--flow", flow, "--save", saved, "--force", "--json")
    assert "Traceback" not in checked.err, path
    if checked.code == 2:
        assert "next: " in checked.err, path
        return None
    decision = msgspec.convert(checked.document, Decision)
    assert checked.code == decision.outcome.exit_code
    protected = tegata("protect", path, "--decision", saved, "--out", out, "--force")
    if protected.code == 2:
        assert "tables" in protected.err, (path, protected.err)  # sheets are protected one by one
        return decision.outcome
    expected = 0 if decision.outcome in (Outcome.ALLOW, Outcome.ALLOW_WITH_CONDITIONS) else checked.code
    assert protected.code == expected, (path, protected.err)
    return decision.outcome
