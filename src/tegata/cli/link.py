"""`tegata link`: a download address to give away."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from tegata.cli.at_node import client, node_option
from tegata.cli.command import Command, answers, option
from tegata.cli.terminal import Terminal
from tegata.model.base import t

FORMS = ("csv", "csv-bom", "csv-sjis", "parquet", "excel", "file", "zip")
ABOUT = t(
    "Make a signed download link to the data of a transfer that is started (ID: of the transfer, its agreement or the "
    "acquisition). Whoever has the link can fetch this one file until it expires or the transfer ends.",
    "開始済みの転送（ID は転送・合意・取得のいずれか）のデータへの署名付きダウンロードリンクを作る。"
    "リンクを持つ人は、期限または転送の終了まで、そのファイルだけを取得できる。",
)


@click.command("link", cls=Command, about=ABOUT)
@click.argument("transfer", metavar="ID")
@option(
    "--form",
    type=click.Choice(FORMS),
    default="csv",
    show_default=True,
    about=t(
        "csv is UTF-8; csv-bom what Excel opens, csv-sjis Shift_JIS; file: what is no table, as it is; "
        "zip: all of several in one archive",
        "csv は UTF-8、csv-bom は Excel 向け、csv-sjis は Shift_JIS。file は表以外をそのまま、"
        "zip は複数全体を 1 つのアーカイブで",
    ),
)
@option(
    "--table",
    "content",
    default="",
    about=t(
        "which table or file of several, as `node doors show` names them; all of it otherwise (excel, zip)",
        "複数あるときの表・ファイルの名前（`node doors show` の表示どおり）。省略すると全体（excel、zip）",
    ),
)
@option(
    "--hours",
    type=click.IntRange(1, 24 * 366),
    default=24,
    show_default=True,
    about=t("how long it is good", "有効な時間数"),
)
@node_option
@answers
@click.pass_obj
def command(terminal: Terminal, transfer: str, form: str, content: str, hours: int, node: Path) -> int:
    wanted = {"transfer": transfer, "content": content, "form": form, "hours": hours}
    made = client(node, terminal).post("/v1/links", wanted)
    if terminal.as_json:
        terminal.document(made)
        return 0
    from tegata.cli.render import doors as render
    from tegata.doors.desk import Link

    render.show_link(terminal.paper(), msgspec.convert(made, Link))
    return 0
