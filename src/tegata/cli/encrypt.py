"""`tegata encrypt`: a file as it is, a release or anything else, for the holders of certificates."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.files import new_file, refuse_existing
from tegata.cli.terminal import Terminal
from tegata.model.base import Noun, t
from tegata.model.errors import InputError, why_of

ABOUT = t(
    "Encrypt FILE, a protected copy or any other, so that only the holders of the certificates `--for` can open it: "
    "CMS AuthEnvelopedData with AES-256-GCM, in one pass whatever the size. It is opened by `tegata decrypt FILE.p7m "
    "--key key.pem`, or `openssl cms -decrypt -binary -inform DER`. The name of the file is not hidden.",
    "FILE（保護済みコピーなど）を、証明書 `--for` の鍵の保有者だけが開けるよう暗号化する。形式は CMS "
    "AuthEnvelopedData、AES-256-GCM で、大きさによらず一度読むだけ。`tegata decrypt FILE.p7m --key key.pem` または "
    "`openssl cms -decrypt -binary -inform DER` で開く。ファイル名は隠さない。",
)
ENDING = ".p7m"


class Encrypted(Noun, frozen=True, kw_only=True):
    """Where the encrypted file lies, and who can open it (subjects)."""

    file: str
    size: int
    recipients: tuple[str, ...]


@click.command("encrypt", cls=Command, about=ABOUT)
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@option(
    "--for",
    "certificates",
    multiple=True,
    required=True,
    metavar="CERT",
    type=click.Path(path_type=Path),
    about=t("certificate of a recipient (PEM or DER)", "受領者の証明書（PEM または DER）"),
)
@option("--out", type=click.Path(path_type=Path), about=t("write it here (default: FILE.p7m)", "書き出し先"))
@option("--force", is_flag=True, about=t("replace that file", "そのファイルを置き換える"))
@answers
@click.pass_obj
def command(terminal: Terminal, path: Path, certificates: tuple[Path, ...], out: Path | None, force: bool) -> int:
    from tegata.clock import SystemClock
    from tegata.trust.certificates import load_certificates
    from tegata.trust.envelope import RANDOM_SIZE, envelop

    destination = out or path.with_name(path.name + ENDING)
    refuse_existing(destination, force=force)
    recipients = [load_certificates(one)[0] for one in certificates]
    try:
        file = path.open("rb")
    except OSError as error:
        raise InputError(t(f"cannot read `{path}`", f"`{path}` を読めません"), why=why_of(error)) from None
    with file, new_file(destination) as copy:
        size = path.stat().st_size
        envelop(file, size, copy, recipients, SystemClock().now(), secrets.token_bytes(RANDOM_SIZE))
    names = tuple(one.subject.rfc4514_string() for one in recipients)
    _tell(terminal, Encrypted(file=str(destination), size=destination.stat().st_size, recipients=names))
    return 0


def _tell(terminal: Terminal, told: Encrypted) -> None:
    if terminal.as_json:
        terminal.document(told)
        return
    paper = terminal.paper()
    paper.exact(told.file, style="bold")
    for name in told.recipients:
        paper.line(t("opened by the key of ", "開ける鍵: "), name, indent=2)
