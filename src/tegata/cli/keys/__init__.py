"""`tegata keys`: keys for seals, signatures, devices, time-stamps and lists, and a small certification authority."""

from __future__ import annotations

import click

from tegata.cli.command import Entry, Group, spoken
from tegata.model.base import t

ABOUT = t(
    "Keys that sign: make, list, rotate and revoke them, and a small certification authority for tests and closed "
    "groups. Private keys lie under a passphrase, in the format of the program `age`.",
    "署名に使う鍵の作成・一覧・更新・失効と、試験や閉じたグループのための小さな認証局。"
    "秘密鍵はパスフレーズで守り、プログラム `age` の形式で保管する。",
)
ENTRIES = {
    "new": Entry("tegata.cli.keys.new:command", t("make a key", "鍵を作る")),
    "list": Entry("tegata.cli.keys.look:list_keys", t("all keys and their versions", "すべての鍵と版を一覧する")),
    "show": Entry("tegata.cli.keys.look:show", t("one key and its certificates", "鍵とその証明書を示す")),
    "export": Entry("tegata.cli.keys.look:export", t("its public key or certificates", "公開鍵または証明書を出力する")),
    "rotate": Entry("tegata.cli.keys.new:rotate", t("make the next version of a key", "鍵の次の版を作る")),
    "revoke": Entry(
        "tegata.cli.keys.revoke:command", t("take back a key or a certificate", "鍵または証明書を失効させる")
    ),
    "ca": Entry("tegata.cli.keys.certify:establish", t("make a key a certification authority", "鍵を認証局にする")),
    "csr": Entry("tegata.cli.keys.certify:request", t("ask for a certificate", "証明書を要求する")),
    "issue": Entry("tegata.cli.keys.certify:issue", t("issue a certificate", "証明書を発行する")),
    "install": Entry(
        "tegata.cli.keys.certify:install", t("put a certificate beside its key", "証明書を鍵に結び付ける")
    ),
    "crl": Entry("tegata.cli.keys.revoke:crl", t("sign the revocation list", "失効リストに署名する")),
}


@click.group("keys", cls=Group, entries=ENTRIES, about=ABOUT)
@spoken
def command() -> None:
    pass
