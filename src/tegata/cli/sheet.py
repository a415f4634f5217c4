"""A verdict as PDF for people, sealed with a node's own key where that is wished: options of `tegata verify`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tegata.cli.command import F, option
from tegata.cli.files import refuse_existing, write_document
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import UsageError
from tegata.trust.content import file_digests

if TYPE_CHECKING:
    from tegata.model.evidence import Verification

_FILE = click.Path(path_type=Path)


@dataclass(frozen=True)
class Wanted:
    """What `--pdf`, `--seal` and `--force` say."""

    out: Path | None
    seal: Path | None
    force: bool

    def check(self) -> None:
        """UsageError before any work is done in vain."""
        if self.out is None and self.seal is not None:
            raise UsageError(
                t("`--seal` is about a PDF", "`--seal` は PDF に対する指定です"),
                hint=t("name it with `--pdf FILE`", "`--pdf FILE` で書き出し先を指定してください"),
            )
        for path in (self.out, self._anchor()):
            if path is not None:
                refuse_existing(path, force=self.force)

    def write(self, terminal: Terminal, result: Verification, source: Path) -> None:
        """The verdict on `source`, where one was asked for, in the language of the terminal. InputError, StoreError."""
        if self.out is None:
            return
        from tegata.sheets.verdict import About, verdict_sheet

        digest = "sha256:" + file_digests(source)("sha256").hex()
        document = verdict_sheet(result, About(source.name, digest), terminal.language)
        anchor = self._anchor()
        if self.seal is not None and anchor is not None:
            document = _sealed(document, self.seal, anchor)
            check = f"tegata verify {self.out} --anchor {anchor} --no-revocation"
            terminal.note(t(f"sealed; check it with: {check}", f"封をしました。確認: {check}"))
        write_document(self.out, document)
        terminal.note(t(f"verdict written to {self.out}", f"検証結果を {self.out} に書き出しました"))

    def _anchor(self) -> Path | None:
        """Where the certificate goes that says whose key sealed it."""
        return self.out.with_name(self.out.name + ".pem") if self.out and self.seal else None


def sheet_option(function: F) -> F:
    """The command takes a `Wanted` as `sheet`."""

    @functools.wraps(function)
    def told(*args: Any, **rest: Any) -> Any:
        wanted = Wanted(rest.pop("sheet_file"), rest.pop("seal"), rest.pop("force"))
        return function(*args, sheet=wanted, **rest)

    return functools.reduce(lambda wrapped, add: add(wrapped), reversed(_OPTIONS), told)  # type: ignore[return-value]


_OPTIONS = (
    option(
        "--pdf",
        "sheet_file",
        type=_FILE,
        about=t("the verdict as PDF for people too (extra `pdf`)", "検証結果を PDF でも書き出す（追加機能 `pdf`）"),
    ),
    option(
        "--seal",
        type=_FILE,
        metavar="DIR",
        about=t("seal that PDF (PAdES) with the key of this node", "その PDF にこのノードの鍵で封をする（PAdES）"),
    ),
    option("--force", is_flag=True, about=t("overwrite that file", "そのファイルを上書きする")),
)


def _sealed(document: bytes, node: Path, anchor: Path) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    from tegata.clock import SystemClock
    from tegata.trust import SigningKey
    from tegata.trust.ades import pades
    from tegata.trust.sealing import own_certified

    certified = own_certified(SigningKey.load(node / "node.key"))
    sealed = pades.sign_pdf(document, certified, SystemClock().now())
    write_document(anchor, certified.x509.public_bytes(Encoding.PEM))
    return sealed
