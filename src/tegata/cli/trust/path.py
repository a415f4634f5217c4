"""`tegata trust path`: was a certificate good at a time, for somebody who trusts these anchors?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.terminal import Terminal
from tegata.cli.trust.given import FILE, at_option, moment, read_answers, read_certificates, read_lists
from tegata.model.base import t
from tegata.model.errors import UsageError

if TYPE_CHECKING:
    from tegata.trust.pki import PathResult

ABOUT = t(
    "Was the first certificate in CERTIFICATE good at a time? Nine steps (RFC 5280), each told in words; nothing is "
    "fetched. Exit code 0: it was. 12: not certain, with the reason in the terms of EN 319 102-1.",
    "CERTIFICATE の最初の証明書がその時点で有効だったかを、RFC 5280 の 9 つの手順で判定し、"
    "一つずつ言葉で示す。通信は行わない。"
    "終了コード 0: 有効。12: 判断できない（理由は EN 319 102-1 の用語で示す）。",
)


@click.command("path", cls=Command, about=ABOUT)
@click.argument("certificate", type=FILE)
@option("--anchor", "anchors", multiple=True, metavar="FILE", type=FILE, about=t("whom you trust", "信頼の起点"))
@option(
    "--other",
    "others",
    multiple=True,
    metavar="FILE",
    type=FILE,
    about=t("certificates that may stand between", "間に入り得る証明書"),
)
@option(
    "--crl", "lists", multiple=True, metavar="FILE", type=FILE, about=t("revocation lists (DER or PEM)", "失効リスト")
)
@option(
    "--ocsp", "responses", multiple=True, metavar="FILE", type=FILE, about=t("OCSP answers (DER)", "OCSP の応答（DER）")
)
@option(
    "--policy", "policies", multiple=True, metavar="OID", about=t("a policy that must hold", "成り立つべきポリシー")
)
@option("--no-revocation", is_flag=True, about=t("do not ask whether any was revoked", "失効を確かめない"))
@at_option
@answers
@click.pass_obj
def command(
    terminal: Terminal,
    certificate: Path,
    anchors: Sequence[Path],
    others: Sequence[Path],
    lists: Sequence[Path],
    responses: Sequence[Path],
    policies: Sequence[str],
    no_revocation: bool,
    at: dt.datetime | None,
) -> int:
    from tegata.cli.render import verification as render
    from tegata.trust.pki import Anchor, PathPolicy, validate_path

    if not anchors:
        raise UsageError(
            t("no anchor was named", "信頼の起点が指定されていません"),
            hint=t("name whom you trust: --anchor FILE", "--anchor FILE で指定してください"),
        )
    given = read_certificates([certificate])
    asked = PathPolicy(policies=frozenset(policies), explicit=True) if policies else PathPolicy()
    result = validate_path(
        given[0],
        anchors=[Anchor(each) for each in read_certificates(anchors)],
        others=[*given[1:], *read_certificates(others)],
        lists=read_lists(lists),
        answers=read_answers(responses),
        at=moment(at),
        policy=PathPolicy(policies=asked.policies, explicit=asked.explicit, revocation=not no_revocation),
    )
    if terminal.as_json:
        terminal.document(_told(result))
    else:
        render.show(terminal.paper(), result.verification)
    return result.verification.exit_code


def _told(result: PathResult) -> dict[str, Any]:
    chain = result.chain
    links = (chain.anchor.certificate, *chain.links) if chain else ()
    return {
        "verification": result.verification,
        "chain": [{"subject": str(link), "digest": link.digest} for link in links],
        "policies": sorted(result.policies),
        "revoked": None
        if result.revoked is None
        else {"subject": str(result.revoked[0]), "at": result.revoked[1], "reason": result.revoked[2]},
    }
