"""The secret key of what steps make: from its file, from a new file, or of an agreement of a node."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import InputError

KEY_BYTES: Final = 32


def key_or_new(key: Path | None, terminal: Terminal) -> bytes:
    """From its file, from a new file, or (None) used once and forgotten."""
    if key is None:
        return secrets.token_bytes(KEY_BYTES)
    from tegata.trust.keyfile import write_secret

    if not key.exists():
        write_secret(key, secrets.token_bytes(KEY_BYTES))
        terminal.note(t(f"new key made: {key} (keep it secret)", f"新しい鍵を作りました: {key}（秘密にしてください）"))
    return key_of(key)


def key_of(key: Path) -> bytes:
    """From its file. InputError: it is not there, open to others, or no key."""
    from tegata.trust.keyfile import read_secret

    data = read_secret(key)
    if len(data) != KEY_BYTES:
        raise InputError(
            t(f"`{key}` is not a key", f"`{key}` は鍵ではありません"),
            why=t(
                f"a key has {KEY_BYTES} bytes, not {len(data):,}",
                f"鍵は {KEY_BYTES} バイトですが {len(data):,} バイトあります",
            ),
            hint=t("name a new file and one is made", "新しいファイル名を指定すると作成します"),
        )
    return data


def key_of_agreement(node: Path, agreement: str) -> bytes:
    """The key under which the node in this folder protects for an agreement. InputError: the folder is no node's."""
    from tegata.trust.derive import derive_key
    from tegata.trust.keyfile import read_secret

    return derive_key(read_secret(node / "pseudonym.key"), "pseudonyms", agreement)
