"""`tegata node log`: look after the evidence log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from tegata.cli.at_node import client, node_option
from tegata.cli.command import Command, Entry, Group, answers, option, spoken
from tegata.cli.files import unwritable, write_document
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import PeerError

if TYPE_CHECKING:
    from tegata.evidence import LogReport

ABOUT = t("Look after the evidence log.", "証跡ログを管理する。")
ABOUT_CHECK = t(
    "Compare entries, stored hashes, published tiles and signed checkpoints with each other, and name every damage. "
    "Works on a node that is stopped too. With PLACE, a folder or `s3://bucket/prefix`, it checks what anybody has "
    "published there, tiles and entries against the checkpoint, without a node. 0 when the log is whole, 1 when not.",
    "エントリー、保存されたハッシュ、公開されたタイル、署名済みチェックポイントを突き合わせ、壊れている箇所をすべて示す。"
    "停止中のノードにも使える。PLACE（フォルダか `s3://bucket/prefix`）を指定すると、そこに公開されたログの"
    "タイルとエントリーをチェックポイントと突き合わせる（ノードは不要）。異常がなければ 0、あれば 1。",
)
ABOUT_SHOW = t(
    "Show what is recorded of SUBJECT (the id of a data set, agreement or transfer).",
    "SUBJECT（データセット・契約・転送の id）について記録されたエントリーを示す。",
)
ABOUT_ERASE = t(
    "Make entry INDEX unreadable because the law asks for it: its leaf stays, so all proofs go on to hold; what it "
    "said is gone for good, and an entry says so. Without `--apply` only shows the entry.",
    "法令に基づきエントリー INDEX を読めなくする。葉は残るので証明はすべて有効なまま、内容は完全に失われ、"
    "そのことが記録される。`--apply` を付けなければ内容を示すだけ。",
)
ABOUT_RESOLVE = t(
    "When a node refuses to start because its state is older than what it has published: tell how the two stand to "
    "each other, and with `--apply` bring the published leaves back, so that the log goes on without a break. What the "
    "lost entries said is not brought back. The node must be stopped.",
    "状態が公開済みのログより古いためにノードが起動を拒むとき、両者の関係を示す。`--apply` を付けると"
    "公開済みの葉を戻し、ログを途切れなく続けられるようにする。失われたエントリーの内容は戻らない。ノードは止めておくこと。",
)
ABOUT_WITNESSES = t(
    "Show which counterparties and public witnesses cosign the checkpoints of your log, how many entries they have "
    "seen, the key by which a public witness has to know your log, and which transfers wait for witnesses.",
    "自分のログのチェックポイントに連署している相手と公開の証人、その件数、公開の証人に登録する自分のログの鍵、"
    "証人を待っている転送を示す。",
)
ABOUT_TIME = t(
    "Show how far the time-stamping authorities of `time_stamps` in node.yaml have stamped your log. 0 when none is "
    "late, 1 when an entry has waited longer than `late_minutes`. No entry is lost by waiting.",
    "node.yaml の `time_stamps` にある時刻認証局が、自分のログをどこまで証明したかを示す。遅れがなければ 0、"
    "`late_minutes` を超えて待つエントリーがあれば 1。待つことでエントリーが失われることはない。",
)
ABOUT_FORKS = t(
    "Show logs of peers that were shown to this node in two versions. With `--out` each is written as a document that "
    "anybody can check with `tegata verify`.",
    "二通りの内容が示された相手のログを挙げる。`--out` を付けると、誰でも `tegata verify` で"
    "確かめられる文書として書き出す。",
)
ABOUT_APPLY = t("do it; without, only tell", "実行する（付けなければ示すだけ）")
ENTRIES = {
    "check": Entry(f"{__name__}:check", t("find and name every damage", "壊れた箇所をすべて示す")),
    "show": Entry(f"{__name__}:show", t("what is recorded of one thing", "ある対象の記録を示す")),
    "erase": Entry(f"{__name__}:erase", t("make an entry unreadable, by law", "法令に基づき読めなくする")),
    "witnesses": Entry(f"{__name__}:witnesses", t("who cosigns it, and how far", "誰がどこまで連署したかを示す")),
    "time-stamps": Entry(f"{__name__}:time_stamps", t("who stamps it, and how far", "どこまで時刻証明済みか")),
    "forks": Entry(f"{__name__}:forks", t("logs of peers that are two", "二つに分かれた相手のログを示す")),
    "export": Entry("tegata.cli.node.export:command", t("evidence for others to check", "検証できる証拠を書き出す")),
    "resolve": Entry(f"{__name__}:resolve", t("go on after a rollback", "巻き戻りの後で続けられるようにする")),
}


@click.command("check", cls=Command, about=ABOUT_CHECK)
@click.argument("place", required=False)
@node_option
@answers
@click.pass_obj
def check(terminal: Terminal, place: str | None, node: Path) -> int:
    report = _report(terminal, node) if place is None else _published(place)
    if terminal.as_json:
        terminal.document(report)
    else:
        from tegata.cli.render import log as render

        render.show_report(terminal.paper(), report)
    return 0 if report.whole else 1


def _published(place: str) -> LogReport:
    """Of what lies there, whoever published it."""
    from tegata.evidence.audit import check_published
    from tegata.evidence.place import published_at

    return check_published(published_at(place, Path()))


def _report(terminal: Terminal, node: Path) -> LogReport:
    """From the running node, else from its folder."""
    from tegata.evidence import LogReport
    from tegata.node.offline import check_log

    try:
        return msgspec.convert(client(node, terminal).post("/v1/log/check", {}), LogReport)
    except PeerError:
        return check_log(node)


@click.command("show", cls=Command, about=ABOUT_SHOW)
@click.argument("subject")
@node_option
@answers
@click.pass_obj
def show(terminal: Terminal, subject: str, node: Path) -> int:
    found = client(node, terminal).get("/v1/log", subject=subject)
    if terminal.as_json:
        terminal.document(found)
    else:
        for line in found:
            _show_entry(terminal, line["index"], line["entry"])
    return 0


@click.command("witnesses", cls=Command, about=ABOUT_WITNESSES)
@node_option
@answers
@click.pass_obj
def witnesses(terminal: Terminal, node: Path) -> int:
    found = client(node, terminal).get("/v1/log/witnesses")
    if terminal.as_json:
        terminal.document(found)
        return 0
    from tegata.cli.render import log as render

    paper = terminal.paper()
    paper.line(t(f"the log has {found['size']:,} entries", f"ログは {found['size']:,} 件です"))
    paper.line(t("its key, for a public witness:", "公開の証人に登録する鍵:"))
    paper.exact(found["vkey"], indent=2)
    columns = (t("witness", "証人"), t("cosigned", "連署済み"), t("asked in vain", "応答なし"))
    lines = [(one["peer"], f"{one['size']:,}", str(one["attempts"])) for one in found["witnesses"]]
    paper.table(columns, lines, right=(1, 2))
    render.show_waiting(paper, found["waiting"])
    return 0


@click.command("time-stamps", cls=Command, about=ABOUT_TIME)
@node_option
@answers
@click.pass_obj
def time_stamps(terminal: Terminal, node: Path) -> int:
    lags = client(node, terminal).get("/v1/log/lags")["lags"]
    found = [one for one in lags if one["kind"] == "time-stamp"]
    if terminal.as_json:
        terminal.document(found)
    elif not found:
        terminal.paper().line(t("no time-stamping authority is configured", "時刻認証局が設定されていません"))
    else:
        from tegata.cli.render import log as render

        render.show_lags(terminal.paper(), found)
    return 1 if any(one["state"] == "late" for one in found) else 0


@click.command("forks", cls=Command, about=ABOUT_FORKS)
@option("--out", type=click.Path(path_type=Path), about=t("folder to write the documents to", "文書を書き出すフォルダ"))
@node_option
@answers
@click.pass_obj
def forks(terminal: Terminal, out: Path | None, node: Path) -> int:
    found = client(node, terminal).get("/v1/log/forks")
    if out is not None:
        _write_forks(out, found)
    if terminal.as_json:
        terminal.document(found)
    elif not found:
        terminal.paper().line(t("no peer's log was found to be two", "二つに分かれたログは見つかっていません"))
    else:
        for fork in found:
            terminal.paper().exact(fork["origin"])
    return 0


def _write_forks(folder: Path, found: list[dict[str, Any]]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, fork in enumerate(found, 1):
            write_document(folder / f"fork-{number}.json", msgspec.json.encode(fork, order="sorted"))
    except OSError as error:
        raise unwritable(folder, error) from None


@click.command("erase", cls=Command, about=ABOUT_ERASE)
@click.argument("index", type=click.IntRange(min=0))
@option("--reason", required=True, about=t("on what ground; it is recorded", "根拠（記録される）"))
@option("--apply", is_flag=True, about=ABOUT_APPLY)
@node_option
@answers
@click.pass_obj
def erase(terminal: Terminal, index: int, reason: str, apply: bool, node: Path) -> int:
    wanted = {"index": index, "reason": reason, "apply": apply}
    found = client(node, terminal).post("/v1/log/erase", wanted)
    if terminal.as_json:
        terminal.document(found)
        return 0
    _show_entry(terminal, index, found["entry"])
    if apply:
        terminal.paper().line(t(f"entry {index} can no longer be read", f"エントリー {index} は読めなくなりました"))
    else:
        terminal.note(_dry_run())
    return 0


@click.command("resolve", cls=Command, about=ABOUT_RESOLVE)
@option("--apply", is_flag=True, about=ABOUT_APPLY)
@node_option
@answers
@click.pass_obj
def resolve(terminal: Terminal, apply: bool, node: Path) -> int:
    from tegata.node.offline import log_standing, resolve_log

    found = resolve_log(node) if apply else log_standing(node)
    if terminal.as_json:
        terminal.document(found)
        return 0
    terminal.paper().line(found.say)
    if found.state in ("behind", "unreadable-copy"):
        terminal.paper().line(_resolved(found.lost)) if apply else terminal.note(_dry_run())
    return 0


def _resolved(lost: int) -> Any:
    return t(
        f"the log goes on: {lost} entries are in their places again, and cannot be read",
        f"ログを続けられます。{lost} 件を元の位置に戻しましたが、内容は読めません",
    )


def _dry_run() -> Any:
    return t("nothing was done; do it with `--apply`", "まだ何もしていません。`--apply` で実行します")


def _show_entry(terminal: Terminal, index: int, entry: dict[str, Any]) -> None:
    paper = terminal.paper()
    paper.exact(f"{index:>8}  {entry['at']}  {entry['kind']}", style="bold")
    for name, value in sorted(entry["body"].items()):
        paper.exact(f"{name}: {value}", indent=10)


@click.group("log", cls=Group, entries=ENTRIES, about=ABOUT)
@spoken
def command() -> None:
    pass
