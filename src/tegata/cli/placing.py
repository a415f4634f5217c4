"""What was received, laid where its user wants it: data and passport side by side, of several parts a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from tegata.cli.destination import Destination, Folder
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.model.process import Acquisition

PASSPORT: Final = ".passport.jws"


def placed(ended: Acquisition, name: str, place: Destination, terminal: Terminal, *, force: bool) -> Acquisition:
    """The same acquisition with its data there, and its passport beside it, if it has one: that comes last.

    Raises:
        UsageError: something lies there. StoreError: it cannot be written.
    """
    if not isinstance(place, Folder):
        terminal.note(t(f"it goes to {place.shown(name)}", f"{place.shown(name)} に置いています"))
    data, passport = _data(Path(ended.data), name, place, terminal, force=force), ""
    if ended.passport:
        place.put(name + PASSPORT, Path(ended.passport))
        passport = place.shown(name + PASSPORT)
    return msgspec.structs.replace(ended, data=data, passport=passport)


def _data(received: Path, name: str, place: Destination, terminal: Terminal, *, force: bool) -> str:
    from tegata.tables.unpack import is_packed

    if received.suffix == ".zip" and is_packed(received):
        place.refuse_taken_parts(name, force=force)
        try:
            place.put_parts(name, received)
        except InputError as error:
            said = error.said
            terminal.note(t(f"left as the archive that came: {said.en}", f"届いた書庫のまま置きます: {said.ja}"))
        else:
            return place.shown(name)
    file = name + received.suffix
    place.refuse_taken(file, force=force)
    place.put(file, received)
    return place.shown(file)
