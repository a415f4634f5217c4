"""To whom the demonstration tells what happens. The face that runs it decides how that looks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from tegata.model.base import Text
from tegata.model.decision import Decision
from tegata.model.evidence import Verification
from tegata.model.profile import Profile


class Audience(Protocol):
    def step(self, say: Text) -> None:
        """A new step begins."""

    def said(self, say: Text) -> None:
        """A sentence about the step."""

    def command(self, arguments: Sequence[str]) -> None:
        """A command that is run now, and that anybody can repeat."""

    def busy(self) -> AbstractContextManager[None]:
        """Work that may take longer than a second."""

    def profile(self, profile: Profile, name: str) -> None: ...

    def decision(self, decision: Decision) -> None: ...

    def verification(self, verification: Verification) -> None: ...
