"""`tegata keys revoke` and `crl`: what no longer stands, and how others learn it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tegata.cli.command import Command, answers, option, spoken
from tegata.cli.keyring import keyring, keys_option, passphrase, passphrase_option
from tegata.cli.keys.look import put
from tegata.cli.terminal import Terminal
from tegata.model.base import Noun, t
from tegata.trust.authority import REASONS

if TYPE_CHECKING:
    from tegata.trust.closed_group import ClosedGroup
    from tegata.trust.keyring import KeyRecord, Keyring

REVOKE = t(
    "Revoke the key NAME, and every certificate that an authority in the same folder issued for it; with `--serial` "
    "only that certificate, which the authority NAME issued. Without `--apply` it is only told what would happen.",
    "鍵 NAME と、同じフォルダの認証局がその鍵に発行した証明書をすべて失効させる。`--serial` では、認証局 NAME が"
    "発行したその証明書だけ。`--apply` がなければ、何が起きるかだけを示す。",
)
CRL = t("Sign the revocation list of the authority NAME, as DER.", "認証局 NAME の失効リストに署名する（DER 形式）。")


class Revocation(Noun, frozen=True, kw_only=True):
    """What is revoked, or would be. `certificates` by authority and serial number."""

    key: str = ""
    certificates: tuple[tuple[str, str], ...] = ()
    reason: str
    applied: bool


@click.command("revoke", cls=Command, about=REVOKE)
@click.argument("name")
@option("--serial", metavar="HEX", about=t("only this certificate", "この証明書だけ"))
@option(
    "--reason", type=click.Choice(list(REASONS)), default="unspecified", show_default=True, about=t("why", "失効の理由")
)
@option("--apply", is_flag=True, about=t("do it: it cannot be undone", "実行する。元には戻せない"))
@keys_option
@answers
@click.pass_obj
def command(terminal: Terminal, name: str, serial: str | None, reason: str, apply: bool, keys: Path) -> int:
    from tegata.clock import SystemClock

    ring, now = keyring(keys), SystemClock().now().replace(microsecond=0)
    with ring.locked():
        record = ring.newest(name)
        found = _of_serial(ring, record, serial) if serial else list(_of_key(ring, record))
        if apply:
            for group, one in found:
                group.take_back(one, now, reason)
            if not serial:
                ring.end(record, "revoked", now, reason)
    told = Revocation(
        key="" if serial else record.file,
        certificates=tuple((group.name, one) for group, one in found),
        reason=reason,
        applied=apply,
    )
    _tell(terminal, told)
    return 0


@click.command("crl", cls=Command, about=CRL)
@click.argument("name")
@option(
    "--days", type=click.IntRange(1, 366), default=7, show_default=True, about=t("until the next", "次回までの日数")
)
@option("--out", type=click.Path(path_type=Path), about=t("write it here", "書き出し先"))
@option("--force", is_flag=True, about=t("replace that file", "そのファイルを置き換える"))
@passphrase_option
@keys_option
@spoken
@click.pass_obj
def crl(
    terminal: Terminal, name: str, days: int, out: Path | None, force: bool, passphrase_file: Path | None, keys: Path
) -> int:
    from cryptography.hazmat.primitives.serialization import Encoding

    from tegata.clock import SystemClock
    from tegata.trust.authority import Validity
    from tegata.trust.closed_group import ClosedGroup

    ring, now = keyring(keys), SystemClock().now().replace(microsecond=0)
    with ring.locked():
        record = ring.newest(name)
        key = ring.private(record, passphrase(terminal, passphrase_file))
        made = ClosedGroup(ring, record).crl(key, Validity(since=now, until=now + dt.timedelta(days=days)))
    put(out, made.public_bytes(Encoding.DER), force=force)
    return 0


def _of_serial(ring: Keyring, record: KeyRecord, serial: str) -> list[tuple[ClosedGroup, str]]:
    from tegata.trust.closed_group import ClosedGroup

    group = ClosedGroup(ring, record)
    return [(group, group.standing(serial).serial)]


def _of_key(ring: Keyring, record: KeyRecord) -> Iterator[tuple[ClosedGroup, str]]:
    from tegata.trust.closed_group import ClosedGroup

    for other in ring.records():
        if other.purpose == "ca":
            group = ClosedGroup(ring, other)
            yield from ((group, serial) for serial in group.serials_of(record.public))


def _tell(terminal: Terminal, told: Revocation) -> None:
    if terminal.as_json:
        terminal.document(told)
        return
    paper = terminal.paper()
    verb = t("revoked: ", "失効: ") if told.applied else t("would be revoked: ", "失効の予定: ")
    for what in ([told.key] if told.key else []) + [f"{group} {serial}" for group, serial in told.certificates]:
        paper.line(verb, what)
    if not told.applied:
        terminal.note(t("nothing was changed: do it with `--apply`", "変更していません。実行するには `--apply`"))
    elif told.certificates:
        terminal.note(t("tell others: tegata keys crl", "他者に知らせるには: tegata keys crl"))
