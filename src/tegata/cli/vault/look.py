"""`tegata vault show`, `find` and `export`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from tegata.cli.command import Command, F, answers, option
from tegata.cli.files import read_document
from tegata.cli.paper import Paper
from tegata.cli.terminal import Terminal
from tegata.cli.vault.choice import VaultChoice, vault_argument
from tegata.model.base import t
from tegata.model.errors import UsageError
from tegata.model.vault import VaultEntries, VaultRelease, VaultState

SHOW = t(
    "What VAULT holds: how many values of which kind, the releases that its tokens are in, and all that was done with "
    "it and why. Exit code 1 when an act was taken out of the record or changed.",
    "VAULT の内容。種類ごとの値の数、トークンを含む提供データ、操作と理由の記録。記録が改変されていれば終了コード 1。",
)
FIND = t(
    "The values that TOKENS stand for, and the releases that they may be in. The reason stays on record.",
    "TOKENS の元の値と、含まれ得る提供データを示す。理由は記録に残る。",
)
EXPORT = t(
    "All tokens of VALUES, with the releases that they may be in: what is told a person who asks what was handed out "
    "of him or her. The reason stays on record.",
    "VALUES のすべてのトークンと、含まれ得る提供データを出力する（本人からの開示請求用）。理由は記録に残る。",
)

NO_COPY = t("did not come about", "成立せず")


def reason_option(function: F) -> F:
    about = t("why: it stays on record (a case number, say)", "理由。記録に残る（案件番号など）")
    return option("--reason", required=True, about=about)(function)


def from_option(function: F) -> F:
    about = t(
        "read them from this file, one a line (`-`: standard input)",
        "ファイルから 1 行に 1 つずつ読む（`-`: 標準入力）",
    )
    return option("--from", "source", type=click.Path(path_type=Path, allow_dash=True), about=about)(function)


def named(given: Sequence[str], source: Path | None) -> list[str]:
    """What was named, on the command line or in a file, where nobody else can see it. UsageError: nothing."""
    lines = read_document(source).decode("utf-8-sig", "replace").splitlines() if source else []
    found = [text for text in (*given, *lines) if text]
    if not found:
        raise UsageError(
            t("nothing was named", "対象が指定されていません"),
            hint=t("name it, or a file: `--from`", "対象か `--from` を指定"),
        )
    return found


@click.command("show", cls=Command, about=SHOW)
@vault_argument
@answers
@click.pass_obj
def show(terminal: Terminal, vault: VaultChoice) -> int:
    with vault.opened(terminal) as opened:
        state = opened.state()
    return tell_state(terminal, state)


@click.command("find", cls=Command, about=FIND)
@vault_argument
@click.argument("tokens", nargs=-1)
@from_option
@reason_option
@answers
@click.pass_obj
def find(terminal: Terminal, vault: VaultChoice, tokens: tuple[str, ...], source: Path | None, reason: str) -> int:
    from tegata.clock import SystemClock

    asked = named(tokens, source)
    with vault.opened(terminal) as opened:
        found = opened.find(asked, reason, SystemClock().now())
    return tell_entries(terminal, found)


@click.command("export", cls=Command, about=EXPORT)
@vault_argument
@click.argument("values", nargs=-1)
@from_option
@reason_option
@answers
@click.pass_obj
def export(terminal: Terminal, vault: VaultChoice, values: tuple[str, ...], source: Path | None, reason: str) -> int:
    from tegata.clock import SystemClock

    asked = named(values, source)
    with vault.opened(terminal) as opened:
        found = opened.export(asked, reason, SystemClock().now())
    return tell_entries(terminal, found)


def tell_state(terminal: Terminal, state: VaultState) -> int:
    if terminal.as_json:
        terminal.document(state)
        return 0 if state.sound else 1
    paper = terminal.paper()
    paper.line(t("data set: ", "データ集合: "), state.name)
    for domain, count in state.values.items():
        paper.line(f"{domain}: ", t(f"{count:,} values", f"{count:,} 個の値"), indent=2)
    for one in state.releases:
        _release(paper, one)
    for act in state.acts:
        paper.line(f"{act.at:%Y-%m-%d %H:%M} {act.act} ({len(act.tokens)}) ", act.reason, indent=2)
    if not state.sound:
        paper.line(t("the record of acts was changed", "操作の記録が改変されています"), style="red")
    return 0 if state.sound else 1


def tell_entries(terminal: Terminal, found: VaultEntries) -> int:
    """Exit code 1 when something that was asked for is not there."""
    if terminal.as_json:
        terminal.document(found)
        return 1 if found.missing else 0
    paper = terminal.paper()
    for one in found.entries:
        paper.exact(one.token, style="bold")
        paper.line(f"{one.domain}: ", one.value, indent=2, hang=2)
        for release in one.releases:
            _release(paper, release)
    if found.missing:
        paper.line(t(f"not there: {found.missing:,}", f"ありません: {found.missing:,} 件"), style="yellow")
    return 1 if found.missing else 0


def _release(paper: Paper, one: VaultRelease) -> None:
    paper.line(f"{one.at:%Y-%m-%d %H:%M} {one.source} ", one.digest or NO_COPY, indent=2)
