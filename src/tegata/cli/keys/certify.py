"""`tegata keys ca`, `csr`, `issue` and `install`: how a key comes by its certificate."""

from __future__ import annotations

import datetime as dt
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

import click
import msgspec

from tegata.cli.command import Command, answers, option, spoken
from tegata.cli.files import read_document
from tegata.cli.keyring import keyring, keys_option, passphrase, passphrase_option
from tegata.cli.keys.look import put
from tegata.cli.keys.subject import subject_options
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import UsageError
from tegata.trust.names import Kind

if TYPE_CHECKING:
    from tegata.trust.authority import Validity
    from tegata.trust.names import Subject

CA = t(
    "Make the key NAME (purpose `ca`) a certification authority: its certificate is the anchor that others trust.",
    "鍵 NAME（用途 `ca`）を認証局にする。その証明書が、他者の信頼するアンカーになる。",
)
CSR = t(
    "Print a certificate request (PKCS #10) for the key NAME. A Japanese corporate number is checked by its check "
    "digit and stands in the name as NTRJP-number (ETSI EN 319 412-1).",
    "鍵 NAME の証明書要求（PKCS #10）を出力する。法人番号は検査用数字を確かめ、"
    "NTRJP-番号（ETSI EN 319 412-1）として名前に入る。",
)
ISSUE = t(
    "Issue a certificate for REQUEST with the authority `--ca`. Whether who asks is who the request names is yours to "
    "find out. The certificate is written down in the folder before it is handed out.",
    "認証局 `--ca` で REQUEST に証明書を発行する。要求者が名乗るとおりの者かは、あなたが確かめること。"
    "証明書は渡す前にフォルダへ記録される。",
)
INSTALL = t(
    "Put certificates (PEM, its own first, then those that lead to the anchor) beside the key NAME.",
    "証明書（PEM、自身のものを先頭に、アンカーへ至るものを順に）を鍵 NAME に結び付ける。",
)
HEAD_START: Final = dt.timedelta(minutes=5)  # a reader's clock may be behind ours


@click.command("ca", cls=Command, about=CA)
@click.argument("name")
@subject_options
@option("--days", type=click.IntRange(1, 36500), default=3650, show_default=True, about=t("days of life", "有効日数"))
@passphrase_option
@keys_option
@answers
@click.pass_obj
def establish(
    terminal: Terminal, name: str, subject: Subject | None, days: int, passphrase_file: Path | None, keys: Path
) -> int:
    from tegata.trust.closed_group import ClosedGroup

    ring = keyring(keys)
    with ring.locked():
        record = ring.in_use(name, "ca")
        key = ring.private(record, passphrase(terminal, passphrase_file))
        record = ClosedGroup(ring, record).establish(key, _stated(subject), _validity(days), _serial())
    if terminal.as_json:
        terminal.document(record)
    else:
        paper = terminal.paper()
        paper.line(t(f"`{name}` is a certification authority", f"`{name}` は認証局になりました"))
        paper.exact(f"tegata keys export {name} --out anchor.pem", indent=2, style="cyan")
    return 0


@click.command("csr", cls=Command, about=CSR)
@click.argument("name")
@subject_options
@option("--out", type=click.Path(path_type=Path), about=t("write it here", "書き出し先"))
@option("--force", is_flag=True, about=t("replace that file", "そのファイルを置き換える"))
@passphrase_option
@keys_option
@spoken
@click.pass_obj
def request(
    terminal: Terminal,
    name: str,
    subject: Subject | None,
    out: Path | None,
    force: bool,
    passphrase_file: Path | None,
    keys: Path,
) -> int:
    from cryptography.hazmat.primitives.serialization import Encoding

    from tegata.trust.authority import make_request

    ring = keyring(keys)
    key = ring.private(ring.newest(name), passphrase(terminal, passphrase_file))
    put(out, make_request(_stated(subject), key).public_bytes(Encoding.PEM), force=force)
    return 0


@click.command("issue", cls=Command, about=ISSUE)
@click.argument("request", type=click.Path(path_type=Path))
@option("--ca", required=True, metavar="NAME", about=t("key of the authority", "認証局の鍵"))
@option("--kind", type=click.Choice(get_args(Kind)), default="seal", show_default=True, about=t("what for", "用途"))
@option("--days", type=click.IntRange(1, 36500), default=365, show_default=True, about=t("days of life", "有効日数"))
@option("--crl-url", default="", metavar="URL", about=t("where the revocation list will be", "失効リストの場所"))
@option("--out", type=click.Path(path_type=Path), about=t("write the certificate here", "証明書の書き出し先"))
@option("--force", is_flag=True, about=t("replace that file", "そのファイルを置き換える"))
@passphrase_option
@keys_option
@spoken
@click.pass_obj
def issue(
    terminal: Terminal,
    request: Path,
    ca: str,
    kind: Kind,
    days: int,
    crl_url: str,
    out: Path | None,
    force: bool,
    passphrase_file: Path | None,
    keys: Path,
) -> int:
    from tegata.trust.authority import read_request, to_pem
    from tegata.trust.closed_group import ClosedGroup

    subject, public = read_request(read_document(request))
    ring = keyring(keys)
    with ring.locked():
        record = ring.in_use(ca, "ca")
        key = ring.private(record, passphrase(terminal, passphrase_file))
        group = ClosedGroup(ring, record)
        made = group.grant(kind, subject, public, key, _validity(days), _serial(), crl_url)
    put(out, (to_pem(made) + to_pem(group.certificate)).encode(), force=force)
    terminal.note(t(f"issued to {made.subject.rfc4514_string()}", f"発行先: {made.subject.rfc4514_string()}"))
    return 0


@click.command("install", cls=Command, about=INSTALL)
@click.argument("name")
@click.argument("certificates", type=click.Path(path_type=Path))
@keys_option
@answers
@click.pass_obj
def install(terminal: Terminal, name: str, certificates: Path, keys: Path) -> int:
    from tegata.trust.authority import to_pem
    from tegata.trust.certificates import load_certificates
    from tegata.trust.public_key import acceptable, public_pem

    ring = keyring(keys)
    with ring.locked():
        record = ring.newest(name)
        chain = load_certificates(certificates)
        if public_pem(acceptable(chain[0].public_key())) != record.public_key:
            raise UsageError(
                t(f"the certificate is not of the key `{name}`", f"証明書は鍵 `{name}` のものではありません"),
                hint=t("its own certificate comes first", "鍵自身の証明書を先頭に置いてください"),
            )
        record = msgspec.structs.replace(record, certificates=tuple(map(to_pem, chain)))
        ring.write(f"{record.file}.json", record)
    if terminal.as_json:
        terminal.document(record)
    else:
        terminal.paper().line(
            t(f"{len(chain)} certificates beside `{name}`", f"`{name}` に証明書 {len(chain)} 枚を結び付けました")
        )
    return 0


def _stated(subject: Subject | None) -> Subject:
    if subject is None:
        raise UsageError(
            t("nobody is named", "名前がありません"),
            hint=t(
                "give `--organisation` or `--common-name`", "`--organisation` か `--common-name` を指定してください"
            ),
        )
    return subject


def _validity(days: int) -> Validity:
    from tegata.clock import SystemClock
    from tegata.trust.authority import Validity

    now = SystemClock().now().replace(microsecond=0)
    return Validity(since=now - HEAD_START, until=now + dt.timedelta(days=days))


def _serial() -> int:
    """Positive, random and at most 20 bytes (RFC 5280 section 4.1.2.2)."""
    from tegata.trust.authority import SERIAL_SIZE

    return int.from_bytes(secrets.token_bytes(SERIAL_SIZE), "big") | 1 << 126
