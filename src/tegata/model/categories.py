"""Canonical categories of data (section 4 of the design) and how people name them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tegata.model.base import Text

CATEGORIES: Final[dict[str, Text]] = {
    "omic.genomic": Text(en="human genomic data", ja="ヒトゲノムデータ"),
    "omic.other": Text(en="other human 'omic data", ja="その他のヒトオミクスデータ"),
    "biometric": Text(en="biometric identifiers", ja="生体識別子"),
    "geo.precise": Text(en="precise location (within 1,000 m)", ja="精密な位置情報（1,000 m 以内）"),
    "health": Text(en="health data", ja="健康・医療データ"),
    "financial": Text(en="financial data", ja="金融データ"),
    "identifier.government": Text(en="government identifiers", ja="公的識別番号"),
    "identifier.contact": Text(en="names, contact and demographic data", ja="氏名・連絡先・属性"),
    "identifier.device": Text(en="device identifiers", ja="端末識別子"),
    "identifier.network": Text(en="network identifiers", ja="ネットワーク識別子"),
    "identifier.advertising": Text(en="advertising identifiers", ja="広告識別子"),
    "identifier.auth": Text(en="account and authentication data", ja="アカウント・認証情報"),
    "identifier.call": Text(en="call-detail data", ja="通話記録"),
    "special.race": Text(en="race or ethnic origin", ja="人種・民族"),
    "special.creed": Text(en="religion or belief", ja="信条・宗教"),
    "special.politics": Text(en="political opinion", ja="政治的意見"),
    "special.union": Text(en="trade-union membership", ja="労働組合への加入"),
    "special.sexlife": Text(en="sex life or orientation", ja="性生活・性的指向"),
    "special.criminal": Text(en="criminal record", ja="犯罪の経歴"),
    "special.disability": Text(en="disability", ja="障害"),
    "minor": Text(en="data about minors", ja="未成年者のデータ"),
    "infra.operational": Text(en="operation data of critical infrastructure", ja="重要インフラの運用データ"),
    "ordinary": Text(en="ordinary data", ja="一般のデータ"),
}


def is_personal(category: str) -> bool:
    """Whether a category is about people (everything but plant operation data and ordinary columns)."""
    return category not in ("ordinary", "infra.operational")


def under(name: str, heads: Iterable[str]) -> bool:
    """Whether a dotted name (of a category or a recogniser) is one of `heads` or stands below one: `special.race`
    under `special`."""
    return any(name == head or name.startswith(head + ".") for head in heads)
