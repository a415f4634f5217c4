"""`tegata tsa`: a time-stamping authority of your own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tegata.cli.command import Command, Entry, Group, answers, option, spoken
from tegata.cli.terminal import Terminal
from tegata.cli.tied import tie, tied_option
from tegata.model.base import Text, t
from tegata.model.errors import InputError, UsageError, why_of

if TYPE_CHECKING:
    from tegata.tsa import AuthoritySettings

ABOUT = t("Run a time-stamping authority (RFC 3161).", "時刻認証局（RFC 3161）を動かす。")
ABOUT_INIT = t(
    "Make DIR with the settings and the key of a new authority. `--key` and `--certificates` are what a certification "
    "authority has given you (PEM); without them a key and a certificate that stands for itself are made, for closed "
    "groups whose members pin it.",
    "新しい時刻認証局の設定と鍵を収めるフォルダ DIR を作る。`--key` と `--certificates` には認証機関から受けたもの"
    "（PEM）を渡す。省くと、閉じたグループで固定して使う自己署名の鍵と証明書を作る。",
)
ABOUT_START = t(
    "Run the authority of DIR until it is stopped (Ctrl-C or SIGTERM). POST requests to `/tsr`. While the clock is not "
    "good enough no token is given. It logs to stderr.",
    "DIR の時刻認証局を停止（Ctrl-C または SIGTERM）まで動かす。要求は `/tsr` に POST する。"
    "時計が十分に正確でない間は発行しない。ログは stderr に出る。",
)
ABOUT_ROLL = t(
    "Give the authority of DIR a new key that signs from now on, also while it runs. Earlier keys and certificates "
    "stay in the folder. Without `--apply` only tells.",
    "DIR の時刻認証局に、以後の署名に使う新しい鍵を与える（稼働中も可）。以前の鍵と証明書はフォルダに残る。"
    "`--apply` がなければ示すだけ。",
)
ABOUT_CHECK = t(
    "Walk the journal of DIR: is every line there, unchanged and in order, and every serial number used once? 0 when "
    "it is, 1 when not.",
    "DIR の記録を調べる。すべての行が変更なく順に揃い、シリアル番号が一度ずつ使われていれば 0、そうでなければ 1。",
)
ENTRIES = {
    "init": Entry(f"{__name__}:init", t("make an authority's folder", "認証局のフォルダを作る")),
    "start": Entry(f"{__name__}:start", t("run it until it is stopped", "停止するまで動かす")),
    "roll": Entry(f"{__name__}:roll", t("a new key from now on", "以後の鍵を替える")),
    "check": Entry(f"{__name__}:check", t("is its journal whole", "記録に異常がないか調べる")),
}
_FILE = click.Path(path_type=Path)
_folder = click.argument("folder", metavar="DIR", type=_FILE)
_key = option("--key", type=_FILE, about=t("private key (PEM, PKCS #8)", "秘密鍵（PEM、PKCS #8）"))
_certificates = option(
    "--certificates", type=_FILE, about=t("its certificate, then those above it (PEM)", "証明書と上位の証明書（PEM）")
)
_days = option(
    "--days", type=click.IntRange(1, 3650), default=365, show_default=True, about=t("of a made certificate", "有効日数")
)


@click.command("init", cls=Command, about=ABOUT_INIT)
@_folder
@option("--policy", required=True, metavar="OID", about=t("policy of its tokens", "発行ポリシーの OID"))
@option("--listen", default="127.0.0.1:8318", show_default=True, about=t("host:port", "host:port"))
@option("--accuracy-ms", type=click.IntRange(1, 60000), default=1000, show_default=True, about=t("of its time", "精度"))
@option(
    "--time-source",
    type=click.Choice(["kernel", "unchecked"]),
    default="kernel",
    show_default=True,
    about=t("who vouches for the clock; unchecked is for trials", "時計の確認方法（unchecked は試用向け）"),
)
@_key
@_certificates
@_days
@answers
@click.pass_obj
def init(
    terminal: Terminal,
    folder: Path,
    policy: str,
    listen: str,
    accuracy_ms: int,
    time_source: str,
    key: Path | None,
    certificates: Path | None,
    days: int,
) -> int:
    from tegata.tsa import AuthoritySettings, make_folder

    try:
        settings = AuthoritySettings(
            policy=policy,
            key="key-1",
            listen=listen,
            accuracy_ms=accuracy_ms,
            time_source="kernel" if time_source == "kernel" else "unchecked",
        )
    except ValueError as error:
        raise UsageError(t("that cannot be an authority", "その設定では作れません"), why=str(error)) from None
    make_folder(folder, settings, *_pair(folder, key, certificates, days))
    _told(terminal, folder, settings, t(f"authority made in {folder}", f"{folder} に時刻認証局を作りました"))
    return 0


@click.command("start", cls=Command, about=ABOUT_START)
@_folder
@tied_option
@spoken
def start(folder: Path, tied: bool) -> int:
    from tegata.node.tsa import run_tsa

    if tied:
        tie()
    run_tsa(folder)
    return 0


@click.command("roll", cls=Command, about=ABOUT_ROLL)
@_folder
@_key
@_certificates
@_days
@option("--apply", is_flag=True, about=t("do it; without, only tell", "実行する（付けなければ示すだけ）"))
@answers
@click.pass_obj
def roll(terminal: Terminal, folder: Path, key: Path | None, certificates: Path | None, days: int, apply: bool) -> int:
    from tegata.tsa import add_key, read_settings

    settings = read_settings(folder)
    name = f"key-{len(list((folder / 'keys').glob('*.key'))) + 1}"
    if apply:
        settings = add_key(folder, *_pair(folder, key, certificates, days), name)
    _told(terminal, folder, settings, t(f"`{settings.key}` signs now", f"現在の署名鍵は `{settings.key}` です"))
    if not apply:
        terminal.note(
            t(f"with `--apply`, `{name}` will sign", f"`--apply` を付けると `{name}` が署名するようになります")
        )
    return 0


@click.command("check", cls=Command, about=ABOUT_CHECK)
@_folder
@answers
@click.pass_obj
def check(terminal: Terminal, folder: Path) -> int:
    from tegata.tsa import check_journal, read_settings

    read_settings(folder)
    report = check_journal(folder)
    if terminal.as_json:
        terminal.document(report)
        return 1 if report.faults else 0
    paper = terminal.paper()
    for fault in report.faults:
        paper.line(fault)
    paper.line(t(f"{report.tokens:,} tokens, {report.first} to {report.last}", f"発行 {report.tokens:,} 件"))
    paper.exact(f"chain {report.head}", indent=2)
    return 1 if report.faults else 0


def _pair(folder: Path, key: Path | None, certificates: Path | None, days: int) -> tuple[bytes, bytes]:
    """The two files, or a key that is made."""
    from tegata.clock import SystemClock
    from tegata.trust.keyfile import read_secret
    from tegata.tsa.self_signed import self_signed

    if key is None and certificates is None:
        return self_signed(f"{folder.resolve().name} time-stamping authority"[:64], SystemClock().now(), days)
    if key is None or certificates is None:
        raise UsageError(
            t("a key needs its certificates", "鍵と証明書の両方が必要です"),
            hint=t("give both `--key` and `--certificates`", "`--key` と `--certificates` の両方を指定してください"),
        )
    try:
        return read_secret(key), certificates.read_bytes()
    except OSError as error:
        raise InputError(
            t(f"cannot read `{certificates}`", f"`{certificates}` を読めません"), why=why_of(error)
        ) from None


def _told(terminal: Terminal, folder: Path, settings: AuthoritySettings, what: Text) -> None:
    certificate = folder / "keys" / f"{settings.key}.pem"
    if terminal.as_json:
        terminal.document({"settings": settings, "certificate": str(certificate)})
    else:
        terminal.paper().line(what)
        terminal.paper().exact(f"tegata tsa start {folder}", indent=2, style="cyan")
        terminal.paper().exact(str(certificate), indent=2)


@click.group("tsa", cls=Group, entries=ENTRIES, about=ABOUT)
@spoken
def command() -> None:
    pass
