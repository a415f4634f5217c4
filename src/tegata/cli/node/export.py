"""`tegata node log export`: the evidence for one question, as one sealed file."""

from __future__ import annotations

import base64
import datetime as dt
import sys
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from tegata.cli.at_node import client, node_option
from tegata.cli.command import Command, answers, option
from tegata.cli.files import refuse_existing, write_document
from tegata.cli.node.watched import post_watched
from tegata.cli.paper import Paper
from tegata.cli.terminal import Terminal
from tegata.model.base import Text, t
from tegata.model.errors import UsageError

ABOUT = t(
    "Write one sealed file with everything that is recorded about ABOUT (the id of an agreement, transfer, data set or "
    "party) and what belongs to it: entries, proofs, checkpoint, decisions, agreements, passports, a verdict and a "
    "report. Anybody can check it with `tegata verify`. Or, with `--person` and `--column`, about one person: every "
    "transfer that may hold them, as far as sources that are still there and the consent register can tell. "
    "`--dry-run` tells what it would hold.",
    "ABOUT（契約・転送・データセット・相手の id）について記録されたすべてと、それに属するもの（エントリー、証明、"
    "チェックポイント、判定、契約、手形、検証結果、報告書）を、封をした 1 ファイルに書き出す。"
    "誰でも `tegata verify` で検証できる。`--person` と `--column` を使えば 1 人について、残っている元データと"
    "同意の登録簿から分かる範囲で、その人を含み得る転送のすべてを対象にする。`--dry-run` は内容だけを示す。",
)
_PERSON = t(
    "value that names one person in `--column`; `-` reads it from stdin", "`--column` で 1 人を示す値。`-` で標準入力"
)
_READING: Final = t("reading the log", "ログを読んでいます")
_ANSWERS: Final[dict[str, Text]] = {
    "may hold": t("may hold them", "含み得る"),
    "does not hold": t("does not hold them", "含まない"),
    "unknown": t("unknown", "不明"),
}
_DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.command("export", cls=Command, about=ABOUT)
@click.argument("about", required=False)
@option("--person", metavar="VALUE", about=_PERSON)
@option("--column", about=t("the column that tells people apart", "人を区別する列"))
@option("--from", "--since", "since", type=_DAY, about=t("from this day on (UTC)", "この日以降（UTC）"))
@option("--until", type=_DAY, about=t("up to this day (UTC)", "この日まで（UTC）"))
@option("--out", type=click.Path(path_type=Path), about=t("file to write", "書き出すファイル"))
@option("--force", is_flag=True, about=t("overwrite the file", "既存のファイルを上書きする"))
@option("--dry-run", is_flag=True, about=t("only tell what it would hold", "内容を示すだけで書き出さない"))
@node_option
@answers
@click.pass_obj
def command(
    terminal: Terminal,
    about: str | None,
    person: str | None,
    column: str | None,
    since: dt.datetime | None,
    until: dt.datetime | None,
    out: Path | None,
    force: bool,
    dry_run: bool,
    node: Path,
) -> int:
    question = _question(about, person, column) | _days(since, until)
    if out is None and not dry_run:
        raise UsageError(
            t("no file is named to write", "書き出すファイルが指定されていません"),
            hint=t("`--out evidence.asice`, or `--dry-run`", "`--out evidence.asice` か `--dry-run` を付けてください"),
        )
    if out is not None:
        refuse_existing(out, force=force)
    if person is not None:
        terminal.note(t("the node reads the sources of its releases", "ノードが提供の元データを読んでいます"))
    wanted = {**question, "dry_run": dry_run}
    found = post_watched(client(node, terminal), terminal, _READING, "/v1/log/package", wanted)
    if out is None or dry_run:
        return _foretold(terminal, found)
    package = base64.b64decode(found.pop("package"))
    write_document(out, package)
    if terminal.as_json:
        terminal.document({"file": str(out), "size": len(package), **found})
    else:
        _places(terminal.paper(), found["transfers"])
        terminal.paper().exact(f"tegata verify {out}", style="cyan")
    return 0


def _question(about: str | None, person: str | None, column: str | None) -> dict[str, Any]:
    if (about is None) == (person is None) or (person is None) != (column is None):
        raise UsageError(
            t("name an id, or a person", "id か個人のどちらかを指定してください"),
            hint=t(
                "`export ID`, or `export --person VALUE --column NAME`",
                "`export ID` か `export --person 値 --column 列名`",
            ),
        )
    if about is not None:
        return {"about": about}
    value = sys.stdin.readline().strip() if person == "-" else person
    return {"person": {"column": column, "value": value}}


def _days(since: dt.datetime | None, until: dt.datetime | None) -> dict[str, str]:
    return {name: day.date().isoformat() for name, day in (("since", since), ("until", until)) if day}


def _foretold(terminal: Terminal, found: dict[str, Any]) -> int:
    if terminal.as_json:
        terminal.document(found)
        return 0
    paper, holds = terminal.paper(), found["holds"]
    _places(paper, found["transfers"])
    kinds = [(kind, f"{count:,}") for kind, count in holds["entries"].items()]
    paper.table((t("entries", "エントリー"), t("number", "件数")), kinds, right=(1,))
    if kinds:
        paper.line(t(f"from {holds['first']} to {holds['last']}", f"{holds['first']} から {holds['last']} まで"))
    terminal.note(t("nothing was written", "まだ何も書き出していません"))
    return 0


def _places(paper: Paper, transfers: list[dict[str, Any]]) -> None:
    """What is known of a person in each transfer."""
    for one in transfers:
        paper.line(_ANSWERS[one["answer"]], ": ", msgspec.convert(one["why"], Text))
        paper.exact(f"{one['at']}  {one['transfer']}", indent=2)
