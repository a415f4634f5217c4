"""Packs that tests write themselves: a folder with the least that a pack needs."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tegata.rules import Pack
from tegata.rules.faults import Faults
from tegata.rules.pack import read_pack

SAY = {"en": "said", "ja": "述べる"}
CITE = [{"ref": "Test Act s. 1"}]


def head(**changes: Any) -> dict[str, Any]:
    return {
        "id": "test.pack",
        "version": "1",
        "jurisdiction": "JP",
        "title": SAY,
        "sources": CITE,
        "review_after": "2030-01-01",
        "from": "2020-01-01",
        "applies": "true",
        "default": "allow",
        "not_applicable": SAY,
    } | changes


def rule(name: str, outcome: str, when: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "cite": CITE, "outcome": outcome, "when": when, "say": SAY} | more


def write(
    folder: Path, rules: Sequence[dict[str, Any]], head_changes: dict[str, Any] | None = None, **files: Any
) -> Path:
    """JSON is YAML: `files` are the other files' contents by name without ending."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {"pack": head(**(head_changes or {})), "rules": list(rules), **files}
    for name, content in contents.items():
        (folder / f"{name}.yaml").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return folder


def small_pack(rules: Sequence[dict[str, Any]], head_changes: dict[str, Any] | None = None, **files: Any) -> Pack:
    """Rules may meet as they like: `load_pack` would want a word about conflicts."""
    faults = Faults()
    with tempfile.TemporaryDirectory() as folder:
        pack = read_pack(write(Path(folder), rules, head_changes, **files), faults)
    if pack is None:
        raise faults.found[0]
    return pack
