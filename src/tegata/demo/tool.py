"""Runs `tegata` as anybody would: a command line in, one JSON document out."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from tegata.demo.audience import Audience
from tegata.demo.nodes import PROGRAM
from tegata.model.base import Language, Text, t
from tegata.model.errors import PeerError


class ToolError(PeerError):
    """A command of the demonstration failed; its own words and exit code are passed on."""

    def __init__(self, what: Text, *, exit_code: int, why: str, hint: str) -> None:
        super().__init__(what, why=why, hint=hint)
        self.exit_code = exit_code


class Tool:
    """Tells the audience each command before it runs."""

    def __init__(self, audience: Audience, language: Language) -> None:
        self._audience = audience
        self._environment = {**os.environ, "TEGATA_LANG": language}

    def run(
        self, *arguments: str, show: bool = True, watched: bool = False, allowed: Sequence[int] = (0,)
    ) -> tuple[int, Any]:
        """Exit code and document.

        Args:
            show: tell the audience the command.
            watched: let its notes and its progress bar through to a terminal.
            allowed: exit codes that are part of the story; ToolError for any other.
        """
        if show:
            self._audience.command(arguments)
        watched = watched and sys.stderr.isatty()
        with contextlib.nullcontext() if watched else self._audience.busy():
            done = subprocess.run(  # noqa: S603 - our own program, no shell
                [*PROGRAM, *arguments, "--json"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=None if watched else subprocess.DEVNULL,
                check=False,
            )
        document = _decode(done.stdout)
        if done.returncode not in allowed:
            raise _failure(arguments, done.returncode, document)
        return done.returncode, document


def _decode(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError:
        return {}


def _failure(arguments: Sequence[str], code: int, document: Any) -> ToolError:
    said = document if isinstance(document, dict) else {}
    command = " ".join(arguments[:2])
    return ToolError(
        t(f"`tegata {command}` ended with {code}", f"`tegata {command}` が終了コード {code} で終わりました"),
        exit_code=code,
        why="; ".join(str(said[key]) for key in ("title", "detail") if said.get(key)),
        hint=str(said.get("hint", "")),
    )
