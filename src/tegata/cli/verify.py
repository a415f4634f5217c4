"""`tegata verify`: what a passport proves, offline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.files import read_document
from tegata.cli.terminal import Terminal
from tegata.cli.trusted import trusted_file
from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.trust.container import MAX_CONTAINER

if TYPE_CHECKING:
    from tegata.model.evidence import Verification

ABOUT = t(
    "Check PASSPORT and, when it is given, that DATA are the bytes it was issued for. Nothing is asked of any server. "
    "Whom you trust is yours to say: name issuers with `--trust`. Instead of a passport it may be an evidence "
    "package or the proof that a log was forked.",
    "PASSPORT を検証する。DATA を渡すと、手形が発行されたデータと一致するかも確かめる。通信は一切行わない。"
    "信頼する発行者は `--trust` で指定する。手形の代わりに、証拠パッケージや、ログが分岐した証明も検証できる。",
)
TRUST_ABOUT = t(
    "an issuer you trust (did:key:...), or a YAML/JSON file of did: name",
    "信頼する発行者（did:key:...）、または did: 名前 のファイル",
)


TSA_ABOUT = t(
    "certificate (PEM) of a time-stamping authority you trust, or of one above it",
    "信頼する時刻認証局（またはその上位）の証明書（PEM）",
)


@click.command("verify", cls=Command, about=ABOUT)
@click.argument("passport", type=click.Path(path_type=Path))
@click.argument("data", type=click.Path(path_type=Path), required=False)
@option("--trust", multiple=True, metavar="DID|FILE", about=TRUST_ABOUT)
@option("--tsa", "authorities", multiple=True, type=click.Path(path_type=Path), about=TSA_ABOUT)
@answers
@click.pass_obj
def command(
    terminal: Terminal, passport: Path, data: Path | None, trust: Sequence[str], authorities: Sequence[Path]
) -> int:
    from tegata.cli.render import verification as render

    trusted = _trusted(trust)
    result = _verify(passport, data, trusted, authorities)
    if terminal.as_json:
        terminal.document(result)
    else:
        render.show(terminal.paper(), result)
        _hint(terminal, result, passport, data)
    return render.EXIT_CODES[result.verdict]


def _verify(passport: Path, data: Path | None, trusted: dict[str, str], authorities: Sequence[Path]) -> Verification:
    from tegata.trust import verify_fork_document, verify_package, verify_passport
    from tegata.trust.certified import load_certificates
    from tegata.trust.timestamp import pinned

    clocks = pinned(one for path in authorities for one in load_certificates(path))

    if _is_package(passport):
        return verify_package(passport.read_bytes(), trusted, clocks)
    document = read_document(passport).strip()
    if document.startswith(b"{"):
        return verify_fork_document(document)
    text = _text(passport, document)
    found = None
    if data:
        from tegata.tables import digest_file

        found = digest_file(data), data.stat().st_size
    return verify_passport(text, found, trusted, clocks)


def _is_package(path: Path) -> bool:
    """A container may be longer than what is read as a document."""
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04" and path.stat().st_size <= MAX_CONTAINER
    except OSError:
        return False


def _text(path: Path, document: bytes) -> str:
    try:
        return document.decode("ascii")
    except UnicodeDecodeError:
        raise InputError(
            t(f"`{path}` is not a passport", f"`{path}` は手形ではありません"),
            why=t("a passport is one line of letters, digits and dots", "手形は英数字と点の 1 行です"),
        ) from None


def _trusted(given: Sequence[str]) -> dict[str, str]:
    trusted: dict[str, str] = {}
    for item in given:
        trusted |= {item: item} if item.startswith("did:") else trusted_file(Path(item))
    return trusted


def _hint(terminal: Terminal, result: Verification, passport: Path, data: Path | None) -> None:
    """How an uncertain verdict becomes a certain one."""
    if result.verdict != "indeterminate":
        return
    if data is None:
        terminal.note(
            t(
                f"to check the data too: tegata verify {passport} DATA",
                f"データも確かめるには: tegata verify {passport} DATA",
            )
        )
    if result.passport:
        did = result.passport.provider
        terminal.note(t(f"if you trust the issuer: --trust {did}", f"発行者を信頼するなら: --trust {did}"))
