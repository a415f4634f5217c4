"""`tegata get`: negotiate, receive, verify; the data set and its passport end in a folder of yours."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Final

import click
import msgspec

from tegata.cli.at_node import client, node_option, peer_option
from tegata.cli.client import NodeClient
from tegata.cli.command import Command, answers, option
from tegata.cli.destination import destination_at
from tegata.cli.envelope import opened
from tegata.cli.keyring import passphrase, passphrase_option
from tegata.cli.location import Location
from tegata.cli.placing import PASSPORT, placed
from tegata.cli.terminal import Terminal
from tegata.model.base import Progress, Text, t
from tegata.model.decision import Outcome
from tegata.model.errors import OutcomeError, PeerError, UsageError
from tegata.model.process import Acquisition

ABOUT = t(
    "Agree with PEER on DATASET, receive it as a stream, verify its passport, and put both into a folder. Without PEER "
    "this goes on with the negotiation of that id: an offer that you accepted, or a `get` that was broken off.",
    "PEER と DATASET について合意し、ストリームで受信し、手形を検証して、フォルダに置く。PEER を省くと、その id の交渉"
    "（受諾したオファーや中断した `get`）の続きを行う。",
)
POLL_S: Final = 0.1
MOST_NAME: Final = 60
PHASES: Final[dict[str, Text]] = {
    "negotiating": t("negotiating an agreement", "合意を交渉しています"),
    "preparing": t("the provider prepares the protected copy", "提供者が保護済みコピーを用意しています"),
    "receiving": t("receiving", "受信しています"),
}


@click.command("get", cls=Command, about=ABOUT)
@click.argument("dataset")
@peer_option(required=False)
@option(
    "--out",
    type=Location(),
    default=Path(),
    about=t(
        "where the result goes: a folder, s3://..., adbc:..., postgresql://..., https://..., "
        "mqtts:// or kafkas://broker/topic",
        "結果の置き場所: フォルダ、s3://...、adbc:...、postgresql://...、https://...、"
        "mqtts:// か kafkas://ブローカー/トピック",
    ),
)
@option(
    "--push",
    is_flag=True,
    about=t(
        "the provider brings the data, instead of your node fetching it", "自ノードが取りに行かず、提供者に届けさせる"
    ),
)
@option(
    "--doors",
    is_flag=True,
    about=t(
        "the data stays with the provider; show how to open it there with your own tools",
        "データは提供者の側に置いたまま、手元のツールでの開き方を示す",
    ),
)
@option(
    "--again",
    is_flag=True,
    about=t(
        "of data that stays with its provider: ask for what lies there now, under the same agreement (DATASET: the id "
        "of the negotiation, agreement or transfer); it becomes the next version",
        "提供者側に置いたデータについて、同じ合意のもとで現在の内容を求める（DATASET に交渉・合意・転送の id）。"
        "次の版になる",
    ),
)
@option(
    "--for",
    "certificate",
    metavar="CERT",
    type=click.Path(path_type=Path),
    about=t("the provider encrypts for the key of this certificate", "この証明書の鍵宛てに提供者が暗号化する"),
)
@option(
    "--key",
    type=click.Path(path_type=Path),
    about=t("private key that opens what came so encrypted", "そのように届いたものを開く秘密鍵"),
)
@passphrase_option
@option("--force", is_flag=True, about=t("overwrite files there", "既存のファイルを上書きする"))
@node_option
@answers
@click.pass_obj
def command(
    terminal: Terminal,
    dataset: str,
    peer: str | None,
    out: Path | str,
    push: bool,
    doors: bool,
    again: bool,
    certificate: Path | None,
    key: Path | None,
    passphrase_file: Path | None,
    force: bool,
    node: Path,
) -> int:
    _refuse_both(push=push, doors=doors)
    place, our_node = destination_at(out, node), client(node, terminal)
    if again:
        wanted = _once_more(our_node, dataset, settled=bool(peer) or push or doors)
    elif peer:
        wanted = _asked(our_node, peer, dataset, certificate, push=push, doors=doors)
    else:
        wanted = _begun(our_node, dataset, settled=push or doors or bool(certificate))
    name = file_name(wanted)
    place.refuse_taken(name + PASSPORT, force=force or doors or again)
    with terminal.progress(PHASES["receiving"]) as progress:
        ended = _wait(our_node, wanted.id, terminal, progress)
    if ended.phase == "open":
        return _show_doors(our_node, ended, terminal)
    _refuse_unless_done(ended)
    with opened(ended, key, passphrase(terminal, passphrase_file), terminal) as data:
        received = placed(data, name, place, terminal, force=force)
    if terminal.as_json:
        terminal.document(received)
    else:
        from tegata.cli.render import acquisition

        acquisition.show(terminal.paper(), received)
    return 0


def _refuse_both(*, push: bool, doors: bool) -> None:
    if push and doors:
        raise UsageError(
            t("`--push` and `--doors` exclude each other", "`--push` と `--doors` は同時に指定できません"),
            hint=t("data is brought here, or it stays there", "データは届けさせるか、相手に置くかのどちらかです"),
        )


def _show_doors(our_node: NodeClient, ended: Acquisition, terminal: Terminal) -> int:
    document = our_node.get(f"/v1/doors/{ended.id}")
    if terminal.as_json:
        terminal.document(document)
        return 0
    from tegata.cli.render import doors as render
    from tegata.doors.desk import Doors

    render.show(terminal.paper(), msgspec.convert(document, Doors))
    return 0


def _asked(
    our_node: NodeClient, peer: str, dataset: str, certificate: Path | None, *, push: bool, doors: bool
) -> Acquisition:
    asked = {"peer": peer, "dataset": dataset, "push": push, "doors": doors}
    if certificate is not None:
        from tegata.trust.certificates import certificate_text

        asked["certificate"] = certificate_text(certificate)
    return msgspec.convert(our_node.post("/v1/acquisitions", asked), Acquisition)


def _once_more(our_node: NodeClient, negotiation: str, *, settled: bool) -> Acquisition:
    if settled:
        raise UsageError(
            t("`--again` takes an id alone", "`--again` には id だけを指定します"),
            hint=t("leave `--from`, `--push` and `--doors` out", "`--from`・`--push`・`--doors` を外してください"),
        )
    return msgspec.convert(our_node.post(f"/v1/acquisitions/{negotiation}/again", {}), Acquisition)


def _begun(our_node: NodeClient, negotiation: str, *, settled: bool) -> Acquisition:
    if settled:
        raise UsageError(
            t("how the data comes is settled when it is asked for", "受け渡し方法は要求時に決まります"),
            hint=t(
                "leave `--push`, `--doors` and `--for` out, or name the peer with `--from`",
                "`--push`・`--doors`・`--for` を外すか、`--from` で相手を指定します",
            ),
        )
    return msgspec.convert(our_node.get(f"/v1/acquisitions/{negotiation}"), Acquisition)


def _wait(our_node: NodeClient, wanted: str, terminal: Terminal, progress: Progress | None) -> Acquisition:
    """Poll until it ends; every change of phase is told."""
    phase, pause = "", threading.Event()
    while True:
        now = msgspec.convert(our_node.get(f"/v1/acquisitions/{wanted}"), Acquisition)
        if now.phase not in PHASES:
            return now
        if now.phase != phase:
            phase = now.phase
            terminal.note(PHASES[phase])
        if progress and now.total:
            progress(now.bytes, now.total)
        pause.wait(POLL_S)


def _refuse_unless_done(ended: Acquisition) -> None:
    """OutcomeError with the provider's decision where it tells one, else PeerError."""
    if ended.phase == "done":
        return
    if ended.phase == "offered":
        raise UsageError(
            t("an offer of the provider waits for you", "提供者のオファーが応答を待っています"),
            why=t("these are not terms that you asked for", "こちらが求めた条件ではありません"),
            hint=t(
                f"`tegata node negotiations show {ended.id}` shows it, `accept` takes it; then come back: "
                f"`tegata get {ended.id}`",
                f"`tegata node negotiations show {ended.id}` で確認し、`accept` で受諾します。続きは "
                f"`tegata get {ended.id}` です",
            ),
        )
    why = Text(en="; ".join(r.en for r in ended.reasons), ja="、".join(r.ja for r in ended.reasons))
    outcome = next((outcome for outcome in Outcome if outcome.value == ended.code), None)
    if outcome:
        raise OutcomeError(t("the provider refuses", "提供者に拒否されました"), exit_code=outcome.exit_code, why=why)
    raise PeerError(t(f"not received ({ended.code})", f"受信できませんでした（{ended.code}）"), why=why)


def file_name(wanted: Acquisition) -> str:
    """From the title; whatever a peer calls its data set, the name stays plain and the files in their folder."""
    plain = re.sub(r"[^a-z0-9]+", "-", wanted.title.en.lower())[:MOST_NAME].strip("-")
    return plain or wanted.dataset[-12:]
