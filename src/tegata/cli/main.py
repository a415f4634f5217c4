"""`tegata`: the commands by name. Nothing heavy is imported here: `--help` must answer at once."""

from __future__ import annotations

import functools
import gc
import os
import sys
from collections.abc import Sequence
from typing import Any, Final, NoReturn

import click

from tegata.cli import boundary
from tegata.cli.command import Entry, Group, option, spoken
from tegata.cli.terminal import Terminal
from tegata.model.base import t

PROGRAM: Final = "tegata"
COMPLETE: Final = "_TEGATA_COMPLETE"  # set by the script that `tegata completion` prints

COMMANDS: Final[dict[str, Entry]] = {
    "scan": Entry("tegata.cli.scan:command", t("what is in a file", "ファイルに何が入っているかを調べる")),
    "check": Entry(
        "tegata.cli.check:command",
        t("scan a file, then decide whether it may go", "ファイルを調べ、移転の可否を判定する"),
    ),
    "decide": Entry("tegata.cli.decide:command", t("decide on stated facts alone", "申告された事実だけで判定する")),
    "what-if": Entry(
        "tegata.cli.what_if:command", t("how the answer moves with the facts", "事実を変えて結果の動きを見る")
    ),
    "rules": Entry(
        "tegata.cli.rules:command", t("look into the rule packs, write one", "ルールパックを調べ、作成する")
    ),
    "recognisers": Entry(
        "tegata.cli.recognisers:command", t("what a scan looks for, and your own", "スキャンが探すものを調べ、試す")
    ),
    "protect": Entry(
        "tegata.cli.protect:command", t("do to the data what the decision asks", "判定が求める保護をデータに施す")
    ),
    "encrypt": Entry(
        "tegata.cli.encrypt:command", t("a file for the holders of certificates", "証明書の保有者宛てに暗号化する")
    ),
    "decrypt": Entry(
        "tegata.cli.decrypt:command", t("open what was encrypted, with the key", "暗号化された値を鍵で復元する")
    ),
    "vault": Entry("tegata.cli.vault:command", t("what tokens stand for", "トークンの元の値を保管する")),
    "sign": Entry("tegata.cli.sign:command", t("sign or seal files with your key", "自分の鍵でファイルに署名する")),
    "verify": Entry("tegata.cli.verify:command", t("check a passport offline", "手形をオフラインで検証する")),
    "keys": Entry("tegata.cli.keys:command", t("keys that sign, and their certificates", "署名の鍵と証明書を扱う")),
    "trust": Entry(
        "tegata.cli.trust:command", t("certification paths and trusted lists", "証明書のパスとトラストリストを判定する")
    ),
    "stamp": Entry("tegata.cli.stamp:command", t("have somebody else say when", "第三者に時刻を証明してもらう")),
    "record": Entry("tegata.cli.record:command", t("prove it for decades", "長期にわたり証明する")),
    "tsa": Entry("tegata.cli.tsa:command", t("a time-stamping authority of your own", "時刻認証局を動かす")),
    "node": Entry("tegata.cli.node:command", t("make and run a node", "ノードを作成し、動かす")),
    "publish": Entry("tegata.cli.publish:command", t("offer a file at your node", "自分のノードでファイルを公開する")),
    "find": Entry("tegata.cli.find:command", t("what another node offers", "他のノードの公開データを探す")),
    "get": Entry(
        "tegata.cli.get:command", t("agree, receive and verify a data set", "合意し、データを受け取り、検証する")
    ),
    "link": Entry(
        "tegata.cli.link:command",
        t("a download link to an agreed data set", "合意済みデータへのリンクを作る"),
    ),
    "demo": Entry(
        "tegata.cli.demo:command", t("two nodes, one road, told step by step", "2 つのノードで全行程を実演する")
    ),
    "completion": Entry("tegata.cli.completion:command", t("completion for your shell", "シェルの補完を出力する")),
}

ABOUT = t(
    "May this data go there? What would make it so? Do it, move it, and prove it.\n\n"
    "Exit codes: 0 allowed, valid or done; 1 failed or invalid; 2 wrong usage or unreadable input; "
    "10 allowed with conditions; 11 facts missing; 12 a human must look; 13 denied.",
    "このデータをそこへ送ってよいか。どうすれば送れるか。保護し、送り、証明する。\n\n"
    "終了コード: 0 許可・有効・完了、1 失敗・無効、2 使い方の誤り・読めない入力、"
    "10 条件付き許可、11 事実が不足、12 人の確認が必要、13 拒否。",
)


def _version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not context.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"tegata {version('tegata')}")
        context.exit()


@click.group(PROGRAM, cls=Group, entries=COMMANDS, about=ABOUT)
@option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    about=t("show the version", "版を表示する"),
)
@spoken
def cli() -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Entry of the `tegata` command; every failure below ends at the boundary."""
    if instruction := os.environ.get(COMPLETE):
        from click.shell_completion import shell_complete

        sys.exit(shell_complete(cli, {}, PROGRAM, COMPLETE, instruction))
    gc.set_threshold(50_000)  # objects: of 700, as it comes, it looks a hundred times through what was just loaded
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    terminal = Terminal.of(arguments, os.environ)
    sys.exit(boundary.run(functools.partial(_invoke, arguments, terminal), terminal))


def _invoke(arguments: list[str], terminal: Terminal) -> Any:
    """Not click's own `main`: that swallows failures which the boundary tells better."""
    with cli.make_context(PROGRAM, arguments, obj=terminal) as context:
        return cli.invoke(context)
