"""Which of the two languages the person at the terminal reads."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from tegata.model.base import Language

VARIABLES = ("TEGATA_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


def choose_language(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """`--lang` wherever it stands, else the first set variable of `VARIABLES`, else English.

    The arguments are looked at before they are parsed so that a mistake in them is told in the right language too.
    """
    return "ja" if _asked(arguments, environment).lower().startswith("ja") else "en"


def _asked(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    for argument, following in itertools.zip_longest(arguments, arguments[1:], fillvalue=""):
        if argument == "--lang":
            return following
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
    return next((environment[name] for name in VARIABLES if environment.get(name)), "en")
