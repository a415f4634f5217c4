"""Recognisers of one's own beside those of the package: an option that several commands know."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tegata.cli.command import F, option
from tegata.model.base import t

if TYPE_CHECKING:
    from tegata.scan import RecogniserSet


def recognisers_option(function: F) -> F:
    """`--recognisers FILE`, as often as wanted; the command takes the files as `recognisers`."""
    about = t("also look for what this file describes (repeatable)", "このファイルの認識器も用いる（複数指定可）")
    return option("--recognisers", multiple=True, metavar="FILE", type=click.Path(path_type=Path), about=about)(
        function
    )


def recognisers_in_use(files: Sequence[Path]) -> RecogniserSet:
    """Those of the package and those in the files. InputError when one of these cannot be used."""
    from tegata.scan import recognisers_beside

    return recognisers_beside(files)
