"""`tegata trust recognise`: does one scheme take a certificate of another for its own?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from tegata.cli.command import Command, answers, option
from tegata.cli.files import read_mapping
from tegata.cli.terminal import Terminal
from tegata.cli.trust.given import FILE, at_option, moment, naming, read_bytes, read_certificates
from tegata.cli.trust.lists import read_list
from tegata.model.base import t
from tegata.model.errors import InputError, UsageError

if TYPE_CHECKING:
    from tegata.model.recognition import Agreement

ABOUT = t(
    "What CERTIFICATE counts as in another scheme. LIST is the trusted list of its own scheme; `--agreement` the list "
    "of lists with the agreement, or a YAML file. Four steps, each told in words: type, time, status, content. Exit "
    "code 0: it is recognised, 1: it is not.",
    "CERTIFICATE が別の制度で何に相当するかを判定する。LIST はその証明書の制度のトラストリスト、`--agreement` は"
    "合意を含むリストのリストか YAML ファイル。種別・時点・状態・内容の 4 段階を言葉で示す。"
    "終了コード 0: 承認される、1: されない。",
)


@click.command("recognise", cls=Command, about=ABOUT)
@click.argument("certificate", type=FILE)
@click.argument("trusted_list", type=FILE, metavar="LIST")
@option("--agreement", metavar="FILE", type=FILE, required=True, about=t("the agreement", "相互承認の合意"))
@option("--signer", "signers", multiple=True, metavar="FILE", type=FILE, about=t("who may sign LIST", "LIST の署名者"))
@at_option
@answers
@click.pass_obj
def command(
    terminal: Terminal,
    certificate: Path,
    trusted_list: Path,
    agreement: Path,
    signers: Sequence[Path],
    at: dt.datetime | None,
) -> int:
    from tegata.cli.render import recognition as render
    from tegata.trust.lists import Index
    from tegata.trust.recognition import recognise

    asked, when = read_certificates([certificate])[0], moment(at)
    found = Index([read_list(trusted_list, signers)]).find(asked, when)
    if not found:
        raise UsageError(
            t("the list does not vouch for the certificate", "このリストは証明書を保証していません"),
            hint=t("see `tegata trust lists find`", "`tegata trust lists find` で確かめてください"),
        )
    judged = [recognise(each, found[0].service, asked, when) for each in _agreements(agreement)]
    best = max(judged, key=lambda one: (one.verification.verdict == "total-passed", len(one.verification.checks)))
    if terminal.as_json:
        terminal.document(render.document(best))
    else:
        render.show(terminal.paper(), best)
        if not signers:
            terminal.note(
                t(
                    "the list's signature was not checked: name who may sign it with `--signer`",
                    "リストの署名は確かめていません。`--signer` で署名者を指定できます",
                )
            )
    return 0 if best.verification.verdict == "total-passed" else 1


def _agreements(path: Path) -> tuple[Agreement, ...]:
    """From a list of lists in XML, or one agreement in YAML or JSON."""
    from tegata.model.recognition import Agreement
    from tegata.trust.recognition import read_agreements

    data = read_bytes(path)
    if data.lstrip()[:1] != b"<":
        try:
            return (msgspec.convert(read_mapping(path), Agreement),)
        except msgspec.ValidationError as error:
            raise InputError(t(f"`{path}` is no agreement", f"`{path}` は合意ではありません"), why=str(error)) from None
    with naming(path):
        found = read_agreements(data)
    if not found:
        raise InputError(t(f"`{path}` holds no agreement", f"`{path}` に合意が含まれていません"))
    return found
