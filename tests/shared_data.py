"""Where test data that others made is found. Tests skip with a clear message when it is absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

USED: set[str] = set()


def shared_data(name: str) -> Path:
    """Folder of one set; skips the calling test when it is not there. `TEGATA_SHARED_DATA` overrides the place."""
    root = Path(os.environ.get("TEGATA_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    folder = root / name
    if not folder.is_dir():
        pytest.skip(f'test data "{name}" not present (shared/data/README.md)')
    USED.add(name)
    return folder


def shared_law() -> Path:
    """The worked examples of the law; skips when they are not there."""
    path = Path(os.environ.get("TEGATA_SHARED_LAW", Path(__file__).parents[2] / "shared" / "law"))
    path = path / "worked-examples.yaml"
    if not path.is_file():
        pytest.skip('test data "law" not present (shared/law/worked-examples.yaml)')
    USED.add("law")
    return path
