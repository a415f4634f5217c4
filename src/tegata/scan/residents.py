"""Where people belong to, as far as a column says so: country names and codes to ISO 3166 alpha-2."""

from __future__ import annotations

from typing import Final

import polars as pl

# Code: alpha-3, then names as people write them. Not every state: those that data of this kind names most, and those
# that the law in force singles out (28 CFR 202.601). A value that is not here stays unknown and is never guessed.
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "AE": ("ARE", "United Arab Emirates", "アラブ首長国連邦"),
    "AR": ("ARG", "Argentina", "アルゼンチン"),
    "AT": ("AUT", "Austria", "Österreich", "オーストリア"),
    "AU": ("AUS", "Australia", "オーストラリア", "豪州"),
    "BD": ("BGD", "Bangladesh", "バングラデシュ"),
    "BE": ("BEL", "Belgium", "ベルギー"),
    "BR": ("BRA", "Brazil", "Brasil", "ブラジル"),
    "CA": ("CAN", "Canada", "カナダ"),
    "CH": ("CHE", "Switzerland", "Schweiz", "スイス"),
    "CL": ("CHL", "Chile", "チリ"),
    "CN": ("CHN", "China", "People's Republic of China", "PRC", "中国", "中华人民共和国", "中華人民共和国"),
    "CO": ("COL", "Colombia", "コロンビア"),
    "CU": ("CUB", "Cuba", "キューバ"),
    "CZ": ("CZE", "Czech Republic", "Czechia", "チェコ"),
    "DE": ("DEU", "Germany", "Deutschland", "ドイツ"),
    "DK": ("DNK", "Denmark", "デンマーク"),
    "EE": ("EST", "Estonia", "エストニア"),
    "EG": ("EGY", "Egypt", "エジプト"),
    "ES": ("ESP", "Spain", "España", "スペイン"),
    "FI": ("FIN", "Finland", "フィンランド"),
    "FR": ("FRA", "France", "フランス"),
    "GB": ("GBR", "United Kingdom", "UK", "Great Britain", "England", "Scotland", "Wales", "英国", "イギリス"),
    "GR": ("GRC", "Greece", "ギリシャ"),
    "HK": ("HKG", "Hong Kong", "香港"),
    "HU": ("HUN", "Hungary", "ハンガリー"),
    "ID": ("IDN", "Indonesia", "インドネシア"),
    "IE": ("IRL", "Ireland", "アイルランド"),
    "IL": ("ISR", "Israel", "イスラエル"),
    "IN": ("IND", "India", "インド"),
    "IR": ("IRN", "Iran", "Islamic Republic of Iran", "イラン"),
    "IS": ("ISL", "Iceland", "アイスランド"),
    "IT": ("ITA", "Italy", "Italia", "イタリア"),
    "JP": ("JPN", "Japan", "日本", "日本国"),
    "KP": ("PRK", "North Korea", "DPRK", "北朝鮮"),
    "KR": ("KOR", "South Korea", "Korea", "Republic of Korea", "韓国", "大韓民国", "대한민국"),
    "LT": ("LTU", "Lithuania", "リトアニア"),
    "LU": ("LUX", "Luxembourg", "ルクセンブルク"),
    "LV": ("LVA", "Latvia", "ラトビア"),
    "MM": ("MMR", "Myanmar", "ミャンマー"),
    "MO": ("MAC", "Macau", "Macao", "マカオ"),
    "MX": ("MEX", "Mexico", "México", "メキシコ"),
    "MY": ("MYS", "Malaysia", "マレーシア"),
    "NG": ("NGA", "Nigeria", "ナイジェリア"),
    "NL": ("NLD", "Netherlands", "Nederland", "オランダ"),
    "NO": ("NOR", "Norway", "ノルウェー"),
    "NP": ("NPL", "Nepal", "ネパール"),
    "NZ": ("NZL", "New Zealand", "ニュージーランド"),
    "PE": ("PER", "Peru", "ペルー"),
    "PH": ("PHL", "Philippines", "フィリピン"),
    "PK": ("PAK", "Pakistan", "パキスタン"),
    "PL": ("POL", "Poland", "Polska", "ポーランド"),
    "PT": ("PRT", "Portugal", "ポルトガル"),
    "RO": ("ROU", "Romania", "ルーマニア"),
    "RU": ("RUS", "Russia", "Russian Federation", "ロシア"),
    "SA": ("SAU", "Saudi Arabia", "サウジアラビア"),
    "SE": ("SWE", "Sweden", "Sverige", "スウェーデン"),
    "SG": ("SGP", "Singapore", "シンガポール"),
    "TH": ("THA", "Thailand", "タイ"),
    "TR": ("TUR", "Turkey", "Türkiye", "トルコ"),
    "TW": ("TWN", "Taiwan", "台湾"),
    "UA": ("UKR", "Ukraine", "ウクライナ"),
    "US": ("USA", "United States", "United States of America", "America", "アメリカ", "米国", "アメリカ合衆国"),
    "VE": ("VEN", "Venezuela", "ベネズエラ"),
    "VN": ("VNM", "Vietnam", "Viet Nam", "ベトナム"),
}  # fmt: skip
COUNTRIES: Final[tuple[str, ...]] = tuple(_NAMES)  # 64: one bit each in a 64-bit mask


def _plain(text: str) -> str:
    return "".join(c for c in text.upper() if c.isalnum())


_BITS: Final[dict[str, int]] = {
    _plain(name): 1 << bit for bit, code in enumerate(COUNTRIES) for name in (code, *_NAMES[code])
}


def country_bits(cells: pl.Series) -> pl.Series:
    """One bit per country (`COUNTRIES` order) in a 64-bit mask; 0 where the value is empty or not known."""
    plain = cells.str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]", "")
    return plain.replace_strict(_BITS, default=0, return_dtype=pl.UInt64).fill_null(0)


def bit_of(code: str) -> int:
    """Mask of one country; 0 for one that is not in the list."""
    return 1 << COUNTRIES.index(code) if code in _NAMES else 0
