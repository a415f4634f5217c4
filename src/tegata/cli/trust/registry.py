"""`tegata trust registry`: keep the registry of an accreditation scheme at a node, and publish its list."""

from __future__ import annotations

import base64
import datetime as dt
from pathlib import Path
from typing import Any

import click
import msgspec

from tegata.cli.at_node import client, node_option
from tegata.cli.command import Command, Entry, Group, answers, option, spoken
from tegata.cli.files import read_mapping, refuse_existing, write_document
from tegata.cli.keyring import keyring, keys_option, passphrase, passphrase_option
from tegata.cli.terminal import Terminal
from tegata.cli.trust.given import FILE, read_certificates
from tegata.model.base import t
from tegata.model.errors import UsageError
from tegata.model.trusted_list import TrustedList

ABOUT = t(
    "Keep the registry of an accreditation scheme. Every act is an entry of your node's evidence log; what the "
    "registry holds is the sum of its acts.",
    "認定制度の登録簿を管理する。すべての行為は自分のノードの証跡ログに記録され、登録簿の内容はその積み重ねである。",
)
ADD_ABOUT = t(
    "Take the act in FILE (YAML): scheme, accreditor, body, provider, service, assessment, decision or supervision. "
    "Certificates are named as files. Without `--apply` it is only told whether the act may follow.",
    "FILE（YAML）の行為を登録する: scheme、accreditor、body、provider、service、assessment、decision、supervision。"
    "証明書はファイル名で書く。`--apply` を付けなければ、認められるかを示すだけ。",
)
SHOW_ABOUT = t("What the registry holds now.", "登録簿の現在の内容を示す。")
HISTORY_ABOUT = t(
    "Every act in its order, with its place in the log.", "すべての行為を順に、ログ上の位置とともに示す。"
)
PUBLISH_ABOUT = t(
    "Draw up the next trusted list; with `--apply` log it and write it, signed, as XML (ETSI TS 119 612) and JSON "
    "(TS 119 602). Each file carries the proof that this very list stands in your log.",
    "次のトラストリストを作る。`--apply` を付けるとログに記録し、"
    "署名して XML（ETSI TS 119 612）と JSON（TS 119 602）に書き出す。"
    "どちらのファイルも、そのリストがログにあることの証明を含む。",
)
ABOUT_APPLY = t("do it; without, only tell", "実行する（付けなければ示すだけ）")
ENTRIES = {
    "add": Entry(f"{__name__}:add", t("take an act", "行為を登録する")),
    "show": Entry(f"{__name__}:show", t("what it holds", "現在の内容")),
    "history": Entry(f"{__name__}:history", t("how it came about", "経緯")),
    "publish": Entry(f"{__name__}:publish", t("the next trusted list", "次のトラストリスト")),
}


@click.group("registry", cls=Group, entries=ENTRIES, about=ABOUT)
@spoken
def command() -> None:
    pass


@click.command("add", cls=Command, about=ADD_ABOUT)
@click.argument("file", type=FILE)
@option("--apply", is_flag=True, about=ABOUT_APPLY)
@node_option
@answers
@click.pass_obj
def add(terminal: Terminal, file: Path, apply: bool, node: Path) -> int:
    from tegata.trust.accreditation import read_act

    stated = read_mapping(file)
    if "certificates" in stated:
        stated["certificates"] = _certificates(file, stated["certificates"])
    act = msgspec.to_builtins(read_act(stated))
    taken = client(node, terminal).post("/v1/registry/acts", {"act": act, "apply": apply})
    if terminal.as_json:
        terminal.document(taken)
    elif apply:
        terminal.paper().line(
            t(f"taken, as entry {taken['index']} of the log", f"登録しました(ログの {taken['index']} 番)")
        )
    else:
        terminal.paper().line(t("the act may follow; take it with `--apply`", "認められます。`--apply` で登録します"))
    return 0


def _certificates(file: Path, named: Any) -> list[str]:
    """The certificates in files that lie beside the act."""
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise UsageError(
            t(
                f"`certificates` in `{file}` is no list of files",
                f"`{file}` の `certificates` がファイルの一覧ではありません",
            )
        )
    found = read_certificates(file.parent / name for name in named)
    return [base64.b64encode(each.der).decode() for each in found]


@click.command("show", cls=Command, about=SHOW_ABOUT)
@node_option
@answers
@click.pass_obj
def show(terminal: Terminal, node: Path) -> int:
    from tegata.cli.render import registry as render

    found = client(node, terminal).get("/v1/registry")
    if terminal.as_json:
        terminal.document(found)
    else:
        render.show(terminal.paper(), found)
    return 0


@click.command("history", cls=Command, about=HISTORY_ABOUT)
@node_option
@answers
@click.pass_obj
def history(terminal: Terminal, node: Path) -> int:
    from tegata.cli.render import registry as render

    found = client(node, terminal).get("/v1/registry/acts")
    if terminal.as_json:
        terminal.document(found)
    else:
        render.history(terminal.paper(), found)
    return 0


@click.command("publish", cls=Command, about=PUBLISH_ABOUT)
@option("--key", metavar="NAME", required=True, about=t("key that signs lists", "リストに署名する鍵"))
@option("--xml", metavar="FILE", type=FILE, about=t("where the XML form goes", "XML の書き出し先"))
@option("--jws", metavar="FILE", type=FILE, about=t("where the signed JSON form goes", "署名付き JSON の書き出し先"))
@option(
    "--days", type=click.IntRange(1, 184), default=90, show_default=True, about=t("how long it is good", "有効日数")
)
@option("--apply", is_flag=True, about=ABOUT_APPLY)
@keys_option
@passphrase_option
@node_option
@answers
@click.pass_obj
def publish(
    terminal: Terminal,
    key: str,
    xml: Path | None,
    jws: Path | None,
    days: int,
    apply: bool,
    keys: Path,
    passphrase_file: Path | None,
    node: Path,
) -> int:
    from tegata.cli.render import trusted_lists as render
    from tegata.clock import SystemClock
    from tegata.trust.lists import write_sealed_list, write_xml_list

    out = {path: write for path, write in ((xml, write_xml_list), (jws, write_sealed_list)) if path is not None}
    for path in out:
        refuse_existing(path, force=False)
    if apply and not out:
        raise UsageError(
            t("name a file: `--xml`, `--jws` or both", "`--xml` か `--jws` で書き出し先を指定してください")
        )
    signer, now = _signer(terminal, key, keys, passphrase_file), SystemClock().now()
    made = client(node, terminal).post("/v1/registry/list", {"days": days, "apply": apply})
    drawn = msgspec.convert(made, TrustedList)
    for path, write in out.items() if apply else ():
        write_document(path, write(drawn, signer, now))
    if terminal.as_json:
        terminal.document(drawn)
    else:
        render.one(terminal.paper(), drawn, now + dt.timedelta(days=days))
        if not apply:
            terminal.note(t("this is a draft; publish it with `--apply`", "下書きです。`--apply` で公表します"))
    return 0


def _signer(terminal: Terminal, key: str, keys: Path, passphrase_file: Path | None) -> Any:
    from cryptography import x509

    from tegata.trust.certified import CertifiedKey

    ring = keyring(keys)
    record = ring.in_use(key, "list")
    if not record.certificates:
        raise UsageError(
            t(f"the key `{key}` has no certificate", f"鍵 `{key}` に証明書がありません"),
            hint=t(
                "get one: `tegata keys csr`, then `tegata keys install`",
                "`tegata keys csr` で要求し、`tegata keys install` で結び付けます",
            ),
        )
    chain = [x509.load_pem_x509_certificate(pem.encode()) for pem in record.certificates]
    return CertifiedKey(ring.private(record, passphrase(terminal, passphrase_file)), chain[0], chain[1:])
