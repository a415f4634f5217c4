"""`tegata demo`: the whole road, told step by step."""

from __future__ import annotations

import contextlib
import io
import shlex
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.terminal import Terminal
from tegata.model.base import Text, t
from tegata.model.decision import Decision
from tegata.model.evidence import Verification
from tegata.model.profile import Profile

if TYPE_CHECKING:
    from tegata.cli.paper import Paper
    from tegata.clock import Clock
    from tegata.demo.result import DemoResult

ABOUT = t(
    "Start nodes on this machine, publish a table with people (synthetic, or your own with `--file`), let a "
    "recipient in `--to` get it protected, verify the passport offline, and see who is refused and why.",
    "このマシンでノードを起動し、人を含む表（架空。`--file` で自分のファイル）を公開し、"
    "`--to` の国の受領者が保護済みで受け取り、手形をオフラインで検証し、誰がなぜ拒否されるかを見る。",
)


@click.command("demo", cls=Command, about=ABOUT)
@option(
    "--file",
    type=click.Path(path_type=Path),
    about=t("your own table in place of the register", "台帳の代わりに使う表"),
)
@option(
    "--to", "country", default="DE", show_default=True, metavar="CC", about=t("where the recipient is", "受領者の国")
)
@option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("demo-out"),
    show_default=True,
    about=t("where results go", "出力先"),
)
@answers
@click.pass_obj
def command(terminal: Terminal, file: Path | None, country: str, out: Path) -> int:
    from tegata.clock import SystemClock
    from tegata.demo.run import run

    if file:
        from tegata.tables import open_source

        open_source(file)  # a file that cannot be read is told before anything starts
    signal.signal(signal.SIGTERM, _stop)
    clock = SystemClock()
    result = run(out, file, country.upper(), _Narrator(terminal, clock), clock, terminal.language)
    if terminal.as_json:
        terminal.document(result)
    else:
        _tell_result(terminal, result)
    return 0


def _stop(number: int, _: FrameType | None) -> NoReturn:
    """SIGTERM ends the demonstration as Ctrl-C does: in order, with the nodes stopped."""
    sys.exit(128 + number)


class _Narrator:
    """Tells the demonstration on stdout, or beside the document on stderr."""

    def __init__(self, terminal: Terminal, clock: Clock) -> None:
        self._paper = _paper(terminal)
        self._watched = sys.stderr.isatty() and not terminal.quiet
        self._clock = clock
        self._began = clock.monotonic()

    def step(self, say: Text) -> None:
        self._paper.heading(f"[{self._clock.monotonic() - self._began:4.1f} s] ", say)

    def said(self, say: Text) -> None:
        self._paper.line(say, indent=2)

    def command(self, arguments: Sequence[str]) -> None:
        self._paper.exact(f"$ tegata {shlex.join(arguments)}", indent=2, style="cyan")

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        if not self._watched:
            yield
            return
        from rich.console import Console

        with Console(stderr=True).status(""):
            yield

    def profile(self, profile: Profile, name: str) -> None:
        from tegata.cli.render import profile as render

        render.show(self._paper, profile, name)

    def decision(self, decision: Decision) -> None:
        from tegata.cli.render import decision as render

        render.show_brief(self._paper, decision)

    def verification(self, verification: Verification) -> None:
        from tegata.cli.render import verification as render

        render.show(self._paper, verification)


def _paper(terminal: Terminal) -> Paper:
    from tegata.cli.paper import Paper

    if terminal.as_json and terminal.quiet:
        return Paper(terminal.language, io.StringIO())
    return terminal.side() if terminal.as_json else terminal.paper()


def _tell_result(terminal: Terminal, result: DemoResult) -> None:
    paper = terminal.paper()
    seconds = f"{result.seconds:.1f}"
    paper.heading(t(f"Done in {seconds} s. What was made:", f"完了（{seconds} 秒）。作成したもの:"))
    rows = (
        (t("data      ", "データ    "), result.data),
        (t("passport  ", "手形      "), result.passport),
        (t("evidence  ", "証拠      "), result.evidence),
        (t("clock     ", "時刻認証局"), result.clock),
        (t("decision  ", "判定      "), result.decision),
        (t("refusal   ", "拒否の判定"), result.refused_decision),
        (t("postal    ", "郵便番号  "), result.postal_data),
    )
    for label, path in rows:
        if path:
            paper.exact(f"{paper.word(label)}  {path}", indent=2)
    if result.verify:
        paper.line(t("Verify the passport any time, offline:", "手形はいつでもオフラインで検証できます:"))
        paper.exact(result.verify, indent=2, style="cyan")
