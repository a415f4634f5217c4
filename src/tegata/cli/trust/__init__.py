"""`tegata trust`: whom a certificate leads to, who vouches for whom, and lists of those who do."""

from __future__ import annotations

import click

from tegata.cli.command import Entry, Group, spoken
from tegata.model.base import t

ABOUT = t(
    "Whom to trust, and why: certification paths, trusted lists, mutual recognition, and the registry of an "
    "accreditation scheme. What others wrote is judged offline, at the time you name.",
    "誰をなぜ信頼できるか。証明書のパス、トラストリスト、相互承認、認定制度の登録簿。"
    "他者の文書は、指定した時点について通信なしで判定する。",
)
ENTRIES = {
    "path": Entry(
        "tegata.cli.trust.path:command", t("was a certificate good at a time", "証明書がその時点で有効だったか")
    ),
    "lists": Entry("tegata.cli.trust.lists:command", t("read and search trusted lists", "トラストリストを読み、探す")),
    "recognise": Entry(
        "tegata.cli.trust.recognise:command",
        t("what a certificate counts as in another scheme", "別の制度で何に相当するか"),
    ),
    "registry": Entry(
        "tegata.cli.trust.registry:command",
        t("accredit services and publish their list", "サービスを認定し、リストを公表する"),
    ),
}


@click.group("trust", cls=Group, entries=ENTRIES, about=ABOUT)
@spoken
def command() -> None:
    pass
