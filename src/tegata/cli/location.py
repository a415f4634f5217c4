"""Where data is: a file, a folder, a table of a file, or a database at an address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tegata.tables import place_of


class Location(click.Path):
    """A path, completed by the shell; an address stays the text that it is."""

    name = "location"

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and isinstance(place_of(value), str):
            return value
        return super().convert(value, param, ctx)
