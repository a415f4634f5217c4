"""How one run of the command talks: documents to stdout, notes and progress to stderr."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tegata.cli.language import choose_language
from tegata.model.base import Language, Progress, Text, pretty

if TYPE_CHECKING:
    from tegata.cli.paper import Paper


@dataclasses.dataclass
class Terminal:
    """The choices of this run. `as_json`: stdout carries one JSON document and nothing else."""

    language: Language = "en"
    as_json: bool = False
    quiet: bool = False

    @classmethod
    def of(cls, arguments: Sequence[str], environment: Mapping[str, str]) -> Terminal:
        """Read before the arguments are parsed, so that a mistake in them is told in the form that was asked for."""
        return cls(
            language=choose_language(arguments, environment),
            as_json="--json" in arguments,
            quiet=not {"-q", "--quiet"}.isdisjoint(arguments),
        )

    def say(self, text: Text) -> str:
        return text.say(self.language)

    def document(self, value: Any) -> None:
        """One JSON document on stdout, in UTF-8 whatever the locale is."""
        sys.stdout.flush()
        sys.stdout.buffer.write(pretty(value) + b"\n")
        sys.stdout.buffer.flush()

    def paper(self) -> Paper:
        """What people read on stdout."""
        from tegata.cli.paper import Paper

        return Paper(self.language, sys.stdout)

    def side(self) -> Paper:
        """What people read on stderr, beside the document."""
        from tegata.cli.paper import Paper

        return Paper(self.language, sys.stderr)

    def note(self, text: Text) -> None:
        """A remark beside the answer: on stderr, silent with `--quiet`."""
        if not self.quiet:
            self.side().line(text, style="dim")

    @contextlib.contextmanager
    def progress(self, label: Text) -> Iterator[Progress | None]:
        """A bar on stderr for work that takes over a second, only where somebody watches."""
        if self.quiet or not sys.stderr.isatty():
            yield None
            return
        from tegata.cli.bar import Bar

        with Bar(self.say(label)) as bar:
            yield bar.advance
