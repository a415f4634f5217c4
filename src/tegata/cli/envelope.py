"""Envelopes at a command: opened with the private key of a recipient."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from tegata.cli.files import new_file
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import InputError, VerificationError
from tegata.model.process import Acquisition


def open_file(envelope: Path, out: Path, key: Path, ask: Callable[[], str]) -> int:
    """Write what is in it; how many bytes that is.

    Raises:
        InputError: `key` holds no private key. VerificationError: it is not that of a recipient, or anything was
            changed; nothing was written.
    """
    from tegata.trust.envelope import open_envelope
    from tegata.trust.keyfile import load_private, open_secret

    private = load_private(open_secret(key, ask))
    if private is None:
        raise InputError(t(f"no private key in `{key}`", f"`{key}` に秘密鍵がありません"))
    with envelope.open("rb") as file, new_file(out) as copy:
        return open_envelope(file, copy, private)


@contextmanager
def opened(ended: Acquisition, key: Path | None, ask: Callable[[], str], terminal: Terminal) -> Iterator[Acquisition]:
    """What was received as it is in its envelope, for as long as the block lasts; as it came where it is in none, or
    nobody gave a key.

    Raises:
        VerificationError: what is inside is not what the log of its provider says. And as `open_file`.
    """
    inside = _inside(ended)
    if inside is None:
        yield ended
        return
    if key is None:
        terminal.note(
            t(
                "it came encrypted for a certificate: open it with `tegata decrypt FILE --key KEY --out DATA`",
                "証明書宛てに暗号化されています。`tegata decrypt FILE --key KEY --out DATA` で開きます",
            )
        )
        yield ended
        return
    from tegata.tables import digest_file
    from tegata.transfer.parts import suffix_of

    with tempfile.TemporaryDirectory(prefix="tegata-opened-") as scratch:
        data = Path(scratch) / f"data.{suffix_of(str(inside.get('data_format')))}"
        size = open_file(Path(ended.data), data, key, ask)
        if (digest_file(data), size) != (inside.get("data_digest"), inside.get("data_size")):
            raise VerificationError(t("the envelope holds other data than its entry says", "中身が記録と異なります"))
        yield msgspec.structs.replace(ended, data=str(data), bytes=size)


def _inside(ended: Acquisition) -> dict[str, Any] | None:
    """What the passport says of it; it was verified when it arrived."""
    if not ended.passport:
        return None
    from tegata.trust import open_passport

    found = open_passport(Path(ended.passport).read_text("ascii")).entry.body.get("envelope")
    return found if isinstance(found, dict) else None
