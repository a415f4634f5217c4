"""`tegata sign`: a signature or seal that others check without us."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.files import refuse_existing, write_document
from tegata.cli.keyring import keyring, keys_option, passphrase, passphrase_option
from tegata.cli.terminal import Terminal
from tegata.cli.trust.given import FILE
from tegata.model.base import Noun, t
from tegata.model.errors import InputError, UsageError, why_of

if TYPE_CHECKING:
    import datetime as dt

    from tegata.cli.levels import Form, Raised
    from tegata.trust.certified import CertifiedKey

ABOUT = t(
    "Sign FILES with the key `--key` and its certificate, as ETSI forms that EU DSS and others check: `jades` (a JWS "
    "beside the files), `cades` (CMS beside one file), `asice` (one container with files and signature), `pades` (a "
    "copy of a PDF with the signature inside; extra `pdf`), `xades` (XML beside the files), `xml` (a copy of an XML "
    "document with the signature inside; both: extra `lists`). The level is B-B: the time is your word. With a "
    "time-stamping authority (`--url`, `--tsa`) it is B-T, with revocation lists (`--crl`) inside too B-LT, and with "
    "another time-stamp over all of it (`--archive`) B-LTA.",
    "FILES に鍵 `--key` とその証明書で署名する。EU DSS などで検証できる ETSI の形式：`jades`（ファイルの横に置く "
    "JWS）、`cades`（1 ファイルの横に置く CMS）、`asice`（ファイルと署名を収めた 1 つの容器）、`pades`（署名を収めた "
    "PDF の写し。追加機能 `pdf`）、`xades`（ファイルの横に置く XML）、`xml`（署名を収めた XML の写し。"
    "どちらも追加機能 `lists`）。レベルは B-B で、日時は自己申告。時刻認証局（`--url` と `--tsa`）を使えば B-T、"
    "失効リスト（`--crl`）も収めれば B-LT、全体へのタイムスタンプ（`--archive`）を重ねれば B-LTA になる。",
)
ENDINGS: Final = {
    "jades": ".jades",
    "cades": ".p7s",
    "asice": ".asice",
    "pades": ".signed.pdf",
    "xades": ".xades",
    "xml": ".signed.xml",
}
_INSIDE: Final = {"pades": ".pdf", "xml": ".xml"}  # forms in which the document and its signature are one file
_MAX_INSIDE: Final = 200 << 20  # what is held in memory


class Signed(Noun, frozen=True, kw_only=True):
    """What was signed, how, and where the signature lies."""

    files: tuple[str, ...]
    form: str
    level: str
    signature: str
    certificate: str  # subject


@click.command("sign", cls=Command, about=ABOUT)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@option("--key", required=True, metavar="NAME", about=t("with which key", "署名に使う鍵"))
@option(
    "--form", type=click.Choice(list(ENDINGS)), default="jades", show_default=True, about=t("what form", "署名の形式")
)
@option("--url", about=t("time-stamping authority to ask", "依頼する時刻認証局の URL"))
@option(
    "--tsa",
    "authorities",
    multiple=True,
    type=FILE,
    about=t("its certificate (PEM), or one above it", "その証明書（PEM）または上位の証明書"),
)
@option("--network", multiple=True, metavar="CIDR", about=t("a private network to reach", "接続を許す非公開の網"))
@option(
    "--crl", "lists", multiple=True, metavar="FILE", type=FILE, about=t("revocation lists inside", "収める失効リスト")
)
@option(
    "--ocsp", "answers", multiple=True, metavar="FILE", type=FILE, about=t("OCSP answers inside", "収める OCSP 応答")
)
@option(
    "--archive", is_flag=True, about=t("a time-stamp over all of it too (B-LTA)", "全体にもタイムスタンプ（B-LTA）")
)
@option("--out", type=FILE, about=t("write it here (default: beside FILE)", "書き出し先"))
@option("--force", is_flag=True, about=t("replace that file", "そのファイルを置き換える"))
@passphrase_option
@keys_option
@answers
@click.pass_obj
def command(
    terminal: Terminal,
    files: tuple[Path, ...],
    key: str,
    form: Form,
    url: str | None,
    authorities: Sequence[Path],
    network: Sequence[str],
    lists: Sequence[Path],
    answers: Sequence[Path],
    archive: bool,
    out: Path | None,
    force: bool,
    passphrase_file: Path | None,
    keys: Path,
) -> int:
    from tegata.cli.levels import Raised
    from tegata.clock import SystemClock

    names = [file.name for file in files]
    if len(set(names)) != len(names):
        raise UsageError(t("two files have one name", "同じ名前のファイルがあります"))
    destination = out or _beside(files[0], form)
    refuse_existing(destination, force=force)
    certified = _certified(terminal, key, keys, passphrase_file)
    raised = Raised(form, url, authorities, network, lists, answers, archive)
    write_document(destination, _signature(form, files, certified, SystemClock().now(), raised))
    told = Signed(
        files=tuple(names),
        form=form,
        level=raised.level,
        signature=str(destination),
        certificate=certified.x509.subject.rfc4514_string(),
    )
    _tell(terminal, told, files)
    return 0


def _certified(terminal: Terminal, key: str, keys: Path, file: Path | None) -> CertifiedKey:
    from tegata.trust.certificates import read_certificates
    from tegata.trust.certified import CertifiedKey

    ring = keyring(keys)
    record = ring.in_use(key, "seal", "signature", "device", "list")
    if not record.certificates:
        raise UsageError(
            t(f"`{key}` has no certificate yet", f"`{key}` にはまだ証明書がありません"),
            hint=t(f"ask for one: tegata keys csr {key}", f"証明書を要求する: tegata keys csr {key}"),
        )
    chain = [one for pem in record.certificates for one in read_certificates(pem.encode())]
    return CertifiedKey(ring.private(record, passphrase(terminal, file)), chain[0], chain[1:])


def _beside(file: Path, form: str) -> Path:
    """A signed document keeps its kind in its name."""
    name = file.stem if file.suffix.lower() == _INSIDE.get(form) else file.name
    return file.with_name(name + ENDINGS[form])


def _signature(form: str, files: tuple[Path, ...], certified: CertifiedKey, at: dt.datetime, raised: Raised) -> bytes:
    if form in ("jades", "xades"):
        return _beside_files(form, files, certified, at, raised)
    if form == "asice":
        return _container(files, certified, at, raised)
    if len(files) != 1:
        raise UsageError(
            t("a signature of this form is about one file", "この形式の署名の対象は 1 ファイルです"),
            hint=t("for several: `--form asice` or `jades`", "複数なら `--form asice` か `jades`"),
        )
    return _of_one(form, _content(files[0]), certified, at, raised)


def _beside_files(
    form: str, files: tuple[Path, ...], certified: CertifiedKey, at: dt.datetime, raised: Raised
) -> bytes:
    from tegata.cli.anchors import contents
    from tegata.trust.ades import jades, xades_sign

    digests = {file.name: _digest(file) for file in files}
    if form == "xades":
        signature = raised(xades_sign.sign_files(digests, certified, at))
        return xades_sign.with_archive(signature, contents(files), raised.token) if raised.archive else signature
    signature = raised(jades.sign_digests(digests, certified, at).encode())
    return jades.with_archive(signature, contents(files), raised.token) if raised.archive else signature


def _container(files: tuple[Path, ...], certified: CertifiedKey, at: dt.datetime, raised: Raised) -> bytes:
    from tegata.trust.ades import asice

    container = asice.seal_asice({_member(file): _content(file) for file in files}, certified, at, raised)
    return asice.with_archive(container, raised.token) if raised.archive else container


def _of_one(form: str, content: bytes, certified: CertifiedKey, at: dt.datetime, raised: Raised) -> bytes:
    from tegata.trust.ades import cades, pades, xades_sign
    from tegata.trust.content import digest_of

    if form == "pades":
        document = raised.lasting(pades.sign_pdf(content, certified, at, raised.stamped))
        return pades.with_archive(document, raised.token) if raised.archive else document
    if form == "xml":
        document = raised(xades_sign.sign_document(content, certified, at))
        return xades_sign.with_archive(document, {}, raised.token) if raised.archive else document
    signature = raised(cades.sign_detached(content, certified, at))
    return cades.with_archive(signature, digest_of(content), raised.token) if raised.archive else signature


def _digest(file: Path) -> bytes:
    from tegata.tables import digest_file

    return bytes.fromhex(digest_file(file).removeprefix("sha256:"))


def _content(file: Path) -> bytes:
    try:
        if file.stat().st_size > _MAX_INSIDE:
            raise UsageError(
                t(f"`{file}` is too large for this form", f"`{file}` はこの形式には大きすぎます"),
                hint=t("sign its digest: `--form jades`", "ダイジェストに署名する: `--form jades`"),
            )
        return file.read_bytes()
    except OSError as error:
        raise InputError(t(f"cannot read `{file}`", f"`{file}` を読めません"), why=why_of(error)) from None


def _member(file: Path) -> str:
    from tegata.trust.container import is_name

    if not is_name(file.name):
        raise UsageError(
            t(f"`{file.name}` cannot be a name in a container", f"`{file.name}` は容器の中の名前にできません"),
            why=t("it has letters other than A-Z, a-z, 0-9, . _ -", "英数字と . _ - 以外の文字があります"),
            hint=t("copy it under another name", "別の名前で複製してください"),
        )
    return file.name


def _tell(terminal: Terminal, told: Signed, files: tuple[Path, ...]) -> None:
    if terminal.as_json:
        terminal.document(told)
        return
    paper = terminal.paper()
    paper.line(t(f"signed by {told.certificate}", f"{told.certificate} が署名しました"))
    beside = "" if told.form in ("asice", *_INSIDE) else " " + " ".join(map(str, files))
    paper.exact(f"tegata verify {told.signature}{beside} --anchor anchor.pem", indent=2, style="cyan")
