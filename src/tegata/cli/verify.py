"""`tegata verify`: what a passport proves, offline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tegata.cli.anchors import Given, anchors_option, contents
from tegata.cli.authority import clocks
from tegata.cli.command import Command, answers, option
from tegata.cli.files import read_document
from tegata.cli.sheet import Wanted, sheet_option
from tegata.cli.terminal import Terminal
from tegata.cli.trust.given import moment
from tegata.cli.trusted import trusted_file
from tegata.model.base import t
from tegata.model.errors import InputError, UsageError, VerificationError
from tegata.trust.container import MAX_CONTAINER

if TYPE_CHECKING:
    from tegata.model.evidence import Verification
    from tegata.trust.proof import Reader
    from tegata.trust.timestamp import Trust as Clocks

ABOUT = t(
    "Check PASSPORT and, when it is given, that DATA are the bytes it was issued for. Nothing is asked of any server. "
    "Whom you trust is yours to say: name issuers with `--trust`. Instead of a passport it may be an evidence "
    "package, the proof that a log was forked, a time-stamp (RFC 3161) or evidence record (RFC 4998) of "
    "DATA, a signed PDF (PAdES), or a signature (JAdES, CAdES, XAdES, ASiC-E) "
    "on DATA, whose certificate must lead to an `--anchor`; of an evidence package an `--anchor` opens the trusted "
    "lists inside.",
    "PASSPORT を検証する。DATA を渡すと、手形が発行されたデータと一致するかも確かめる。通信は一切行わない。"
    "信頼する発行者は `--trust` で指定する。手形の代わりに、証拠パッケージ、ログが分岐した証明、"
    "DATA のタイムスタンプ（RFC 3161）や証拠記録（RFC 4998）、署名された PDF（PAdES）、"
    "DATA への署名（JAdES・CAdES・XAdES・ASiC-E）も検証できる。署名の証明書は `--anchor` につながる必要がある。"
    "証拠パッケージでは `--anchor` で中のトラストリストを開く。",
)
TRUST_ABOUT = t(
    "an issuer you trust (did:key:...), or a YAML/JSON file of did: name",
    "信頼する発行者（did:key:...）、または did: 名前 のファイル",
)


TSA_ABOUT = t(
    "certificate (PEM) of a time-stamping authority you trust, or of one above it",
    "信頼する時刻認証局（またはその上位）の証明書（PEM）",
)


KEYS_ABOUT = t(
    "rolls of an issuer's key, as its node publishes them (`/tlog/rolls`, `tegata node key show --out`)",
    "発行者の鍵の引き継ぎの記録（`/tlog/rolls`、`tegata node key show --out`）",
)


@click.command("verify", cls=Command, about=ABOUT)
@click.argument("passport", type=click.Path(path_type=Path))
@click.argument("data", type=click.Path(path_type=Path), nargs=-1)
@option("--trust", multiple=True, metavar="DID|FILE", about=TRUST_ABOUT)
@option("--tsa", "authorities", multiple=True, type=click.Path(path_type=Path), about=TSA_ABOUT)
@option("--keys", "rolls", multiple=True, metavar="FILE", type=click.Path(path_type=Path), about=KEYS_ABOUT)
@anchors_option
@sheet_option
@answers
@click.pass_obj
def command(
    terminal: Terminal,
    passport: Path,
    data: tuple[Path, ...],
    trust: Sequence[str],
    authorities: Sequence[Path],
    rolls: Sequence[Path],
    given: Given,
    sheet: Wanted,
) -> int:
    from tegata.cli.render import verification as render
    from tegata.trust.proof import Reader

    sheet.check()
    reader = Reader(_trusted(trust), clocks(authorities), _rolls(rolls), lambda: moment(given.at))
    result = _verify(passport, data, reader, given)
    sheet.write(terminal, result, passport)
    if terminal.as_json:
        terminal.document(result)
    else:
        render.show(terminal.paper(), result)
        _hint(terminal, result, passport, data)
    return result.exit_code


def _verify(path: Path, data: tuple[Path, ...], reader: Reader, given: Given) -> Verification:
    """By what the file is, whatever it is called."""
    from tegata.trust.ades import jades, xades
    from tegata.trust.ades.pades import MAGIC, MAX_PDF
    from tegata.trust.ades.reading import verify_signatures
    from tegata.trust.content import file_digests
    from tegata.trust.package import is_package
    from tegata.trust.proof import Beside, proves_by_itself, verify_proof

    whole = _begins(path, b"PK\x03\x04", MAX_CONTAINER) or _begins(path, MAGIC, MAX_PDF)
    document = path.read_bytes() if whole else read_document(path)
    if not proves_by_itself(document):
        if whole:
            return verify_signatures(document, {}, given.trust(reader.clocks))
        if document.startswith(b"\x30") or jades.looks_like(document) or xades.looks_like(document):
            return verify_signatures(document, contents(data), given.trust(reader.clocks))
    if given.anchors and is_package(document):
        reader = reader._replace(clocks=_by_lists(document, reader.clocks, given))
    beside = Beside(lambda: _one(data), lambda: file_digests(_single(data)) if data else None)
    return verify_proof(document, str(path), beside, reader)


def _by_lists(package: bytes, clocks: Clocks, given: Given) -> Clocks:
    """Who is trusted, and whom the lists in a package vouch for, which `--anchor` opens; InputError where it does not.

    A package without lists has nothing that it could open.
    """
    from tegata.trust.lists.clocks import either, listed
    from tegata.trust.package_lists import lists_in

    snapshot = lists_in(package)
    if not snapshot:
        return clocks
    try:
        return either(clocks, listed(snapshot, [one.der for one in given.trust().anchors]))
    except VerificationError as error:
        raise InputError(
            t("the trusted lists in the package do not open", "パッケージ内のトラストリストを開けません"),
            why=error.said,
            hint=t(
                "name who may sign the list of lists with `--anchor`, or leave it out",
                "リストのリストの署名者を `--anchor` で指定するか、指定を外してください",
            ),
        ) from None


def _one(data: tuple[Path, ...]) -> tuple[str, int] | None:
    """Digest and size of the data of a passport; of several parts it is a folder."""
    from tegata.tables import digest_file
    from tegata.tables.unpack import digest_folder

    if data and _single(data).is_dir():
        return digest_folder(data[0])
    return (digest_file(_single(data)), data[0].stat().st_size) if data else None


def _single(data: tuple[Path, ...]) -> Path:
    if len(data) > 1:
        raise UsageError(t("it is about one file", "対象は 1 ファイルです"))
    return data[0]


def _begins(path: Path, magic: bytes, most: int) -> bool:
    """Whether a file of at most so many bytes begins so: these may be longer than what is read as a document."""
    try:
        with path.open("rb") as file:
            return file.read(len(magic)) == magic and path.stat().st_size <= most
    except OSError:
        return False


def _trusted(given: Sequence[str]) -> dict[str, str]:
    from tegata.trust.proof import is_key

    trusted: dict[str, str] = {}
    for item in given:
        trusted |= {item: item} if is_key(item) and not Path(item).exists() else trusted_file(Path(item))
    return trusted


def _rolls(files: Sequence[Path]) -> dict[str, tuple[str, ...]]:
    """By name. InputError for a file that is none of rolls."""
    from tegata.trust.key_history import read_history

    found = {}
    for file in files:
        try:
            history = read_history(read_document(file).decode("utf-8", "replace"))
        except VerificationError as error:
            raise InputError(
                t(f"`{file}` holds no rolls of a key", f"`{file}` は鍵の引き継ぎの記録ではありません"), why=error.what
            ) from None
        found[history.did] = history.notes
    return found


def _hint(terminal: Terminal, result: Verification, passport: Path, data: tuple[Path, ...]) -> None:
    """How an uncertain verdict becomes a certain one."""
    if result.verdict != "indeterminate":
        return
    unsure = {check.name for check in result.checks if check.verdict == "indeterminate"}
    if "data" in unsure and not data:
        terminal.note(
            t(
                f"to check the data too: tegata verify {passport} DATA",
                f"データも確かめるには: tegata verify {passport} DATA",
            )
        )
    if "chain" in unsure:
        terminal.note(t("if you trust who certified it: --anchor FILE", "証明書の発行者を信頼するなら: --anchor FILE"))
    if "revocation" in unsure and not result.sub_indication.startswith("REVOKED"):
        terminal.note(t("give the revocation list: --crl FILE", "失効リストを渡すには: --crl FILE"))
    if result.passport:
        did = result.passport.provider
        terminal.note(t(f"if you trust the issuer: --trust {did}", f"発行者を信頼するなら: --trust {did}"))
