"""`tegata trust lists`: read, show and search trusted lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tegata.cli.command import Command, Entry, Group, answers, option, spoken
from tegata.cli.terminal import Terminal
from tegata.cli.trust.given import FILE, at_option, files_in, moment, naming, read_bytes, read_certificates
from tegata.model.base import t
from tegata.model.errors import UsageError

if TYPE_CHECKING:
    from tegata.model.trusted_list import TrustedList
    from tegata.trust.lists import Family

ABOUT = t("Trusted lists (ETSI TS 119 612 and TS 119 602): read, show, search.", "トラストリストを読み、示し、探す。")
READ_ABOUT = t(
    "Open the list of lists ROOT and every list in LISTS (files or folders) that it points to. Only what is signed by "
    "whom ROOT names, and in time, counts; of all others the reason is told. Nothing is fetched.",
    "リストのリスト ROOT と、それが指す LISTS（ファイルかフォルダ）を読む。ROOT が認めた署名者による"
    "期限内のリストだけを使い、ほかは理由を示す。通信は行わない。",
)
SHOW_ABOUT = t(
    "What a list says. Its signature is checked where `--signer` tells by whom.",
    "リストの内容を示す。`--signer` を指定すると署名も確かめる。",
)
FIND_ABOUT = t(
    "Who vouches for CERTIFICATE in LISTS, and what the service was at the time. With `--root` only lists that the "
    "list of lists makes good are searched. Exit code 0: somebody does, 1: nobody.",
    "LISTS の中で CERTIFICATE を保証する者と、その時点での位置づけを示す。`--root` を指定すると、"
    "リストのリストが認めるものだけを探す。"
    "終了コード 0: あり、1: なし。",
)
ENTRIES = {
    "read": Entry("tegata.cli.trust.lists:read", t("a list of lists and its members", "リストのリストとその成員")),
    "show": Entry("tegata.cli.trust.lists:show", t("one list", "一つのリスト")),
    "update": Entry(
        "tegata.cli.trust.update:command", t("fetch what is newer, into a folder", "新しいものをフォルダへ取得する")
    ),
    "find": Entry("tegata.cli.trust.lists:find", t("who vouches for a certificate", "証明書を保証する者")),
}


@click.group("lists", cls=Group, entries=ENTRIES, about=ABOUT)
@spoken
def command() -> None:
    pass


def anchors_option(function: Any) -> Any:
    about = t("who may sign the list of lists (PEM or DER)", "リストのリストの署名者")
    return option("--anchor", "anchors", multiple=True, metavar="FILE", type=FILE, about=about)(function)


@click.command("read", cls=Command, about=READ_ABOUT)
@click.argument("root", type=FILE)
@click.argument("lists", type=FILE, nargs=-1)
@anchors_option
@at_option
@answers
@click.pass_obj
def read(terminal: Terminal, root: Path, lists: Sequence[Path], anchors: Sequence[Path], at: dt.datetime | None) -> int:
    from tegata.cli.render import trusted_lists as render

    family = _family(root, lists, anchors, moment(at))
    if terminal.as_json:
        terminal.document(render.family_document(family))
    else:
        render.family(terminal.paper(), family)
    return 0 if all(member.problem is None for member in family.members) else 1


@click.command("show", cls=Command, about=SHOW_ABOUT)
@click.argument("path", type=FILE, metavar="LIST")
@option("--signer", "signers", multiple=True, metavar="FILE", type=FILE, about=t("who may sign it", "署名できる者"))
@at_option
@answers
@click.pass_obj
def show(terminal: Terminal, path: Path, signers: Sequence[Path], at: dt.datetime | None) -> int:
    from tegata.cli.render import trusted_lists as render
    from tegata.trust.accreditation import verify_listing

    found = read_list(path, signers)
    logged = verify_listing(found) if found.proof else None
    if terminal.as_json:
        terminal.document({"list": found, "log": logged})
    else:
        render.one(terminal.paper(), found, moment(at), logged)
        if not signers:
            terminal.note(
                t(
                    "who signed it was not checked: name who may with `--signer`",
                    "署名は確かめていません。`--signer` で署名者を指定できます",
                )
            )
    return 0 if logged is None or logged.verdict == "passed" else 1


@click.command("find", cls=Command, about=FIND_ABOUT)
@click.argument("certificate", type=FILE)
@click.argument("lists", type=FILE, nargs=-1)
@option("--root", metavar="FILE", type=FILE, about=t("the list of lists", "リストのリスト"))
@anchors_option
@at_option
@answers
@click.pass_obj
def find(
    terminal: Terminal,
    certificate: Path,
    lists: Sequence[Path],
    root: Path | None,
    anchors: Sequence[Path],
    at: dt.datetime | None,
) -> int:
    from tegata.cli.render import trusted_lists as render
    from tegata.trust.lists import Index

    asked, when = read_certificates([certificate])[0], moment(at)
    used = _family(root, lists, anchors, when).lists if root else [read_list(path, ()) for path in files_in(lists)]
    found = Index(used).find(asked, when)
    if terminal.as_json:
        terminal.document(render.findings_document(found))
    else:
        render.findings(terminal.paper(), found, when)
        if not root:
            terminal.note(
                t(
                    "the lists' signatures were not checked: name the list of lists with `--root`",
                    "リストの署名は確かめていません。`--root` で指定できます",
                )
            )
    return 0 if any(finding.standing for finding in found) else 1


def read_list(path: Path, signers: Sequence[Path]) -> TrustedList:
    """In whichever form it is: XML, JSON that is signed, or JSON."""
    from tegata.trust import lists

    data = read_bytes(path)
    known = [each.der for each in read_certificates(signers)]
    start = data.lstrip()[:2]
    with naming(path):
        if start == b"ey":
            return lists.open_sealed_list(data, known) if known else lists.read_json_list(lists.sealed_payload(data))
        if start[:1] != b"{":
            return lists.open_xml_list(data, known) if known else lists.read_xml_list(data)
    if known:
        raise UsageError(t(f"`{path}` carries no signature", f"`{path}` には署名がありません"))
    with naming(path):
        return lists.read_json_list(data)


def _family(root: Path, lists: Sequence[Path], anchors: Sequence[Path], at: dt.datetime) -> Family:
    """Pivots are found among the lists, by the names that the list of lists gives them."""
    from tegata.trust.lists import read_family

    known = who_may_sign(anchors)
    data = {path.name: read_bytes(path) for path in files_in(lists)}
    with naming(root):
        return read_family(read_bytes(root), data.values(), anchors=known, pivots=data, at=at)


def who_may_sign(anchors: Sequence[Path]) -> list[bytes]:
    """Certificates (DER) of who may sign the list of lists. UsageError when none is named."""
    if not anchors:
        raise UsageError(
            t("no anchor was named", "信頼の起点が指定されていません"),
            hint=t(
                "name who may sign the list of lists: --anchor FILE (for the EU the Official Journal tells)",
                "--anchor FILE でリストのリストの署名者を指定してください(EU では官報に載っています)",
            ),
        )
    return [certificate.der for certificate in read_certificates(anchors)]
