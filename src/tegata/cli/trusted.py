"""A file of those whom its reader trusts: did and name, one a line."""

from __future__ import annotations

from pathlib import Path

from tegata.cli.files import read_mapping
from tegata.model.base import t
from tegata.model.errors import InputError


def trusted_file(path: Path) -> dict[str, str]:
    """Name by did. InputError when the file is no such list."""
    from tegata.trust.proof import is_key

    names = read_mapping(path)
    for did, name in names.items():
        if not (is_key(did) and isinstance(name, str)):
            raise InputError(
                t(f"`{path}` is not a list of those whom you trust", f"`{path}` は信頼する相手の一覧ではありません"),
                why=f"{did}: {name}",
                hint=t("write one `did:key:...: name` a line", "1 行に 1 件、`did:key:...: 名前` と書きます"),
            )
    return names
