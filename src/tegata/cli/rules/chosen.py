"""The pack that an argument means: a folder, or the id of a pack of the package."""

from __future__ import annotations

from pathlib import Path

from tegata.rules import Pack, builtin_packs, load_pack


def pack_called(name: str) -> Pack:
    """The pack of this id, else the one in this folder. PackError when there is neither."""
    known = {pack.id: pack for pack in builtin_packs()}
    return known.get(name) or load_pack(Path(name))
