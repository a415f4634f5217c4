"""What somebody who has the protected table can and cannot still learn, per step, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tegata.model.base import Text, t
from tegata.model.step import (
    Drop,
    Encrypt,
    EncryptFpe,
    Generalise,
    Grain,
    Keep,
    Keyed,
    Mask,
    Pseudonymise,
    RedactText,
    RoundLocation,
    ShiftDates,
    Step,
    SuppressRare,
    Tokenise,
    TopBottomCode,
)
from tegata.protect.grid import decimals_for, largest_error_m

_HALF_A_YEAR: Final = 183  # days


def guarantee(step: Step) -> Text:
    match step:
        case Drop():
            return t("nothing of this column leaves", "この列の内容は一切出ません")
        case Keep():
            return t("the values leave unchanged: whoever has them learns them", "値はそのまま出ます")
        case Pseudonymise() | EncryptFpe() | Encrypt() | ShiftDates():
            return _keyed(step)
        case Tokenise():
            return t(
                "which records have the same value can be seen, and how often, also between releases by way of one "
                "vault; nothing of a value is in its token: only the vault with its key tells it, and nothing does "
                "once it is forgotten there",
                "同じ値を持つレコードとその頻度は、同じ保管庫を使った提供データの間でも分かります。トークンに値は含まれず、"
                "値が分かるのは保管庫とその鍵による場合だけで、保管庫から消せば誰にも分かりません",
            )
        case RedactText(known=known):
            return _redaction(known)
        case _:
            return _less(step)


def _keyed(step: Keyed) -> Text:
    match step:
        case Pseudonymise():
            return t(
                "which records have the same value can be seen, and how often; without the key no value can be found "
                "or tried out, and nothing links to releases under another key",
                "同じ値を持つレコードとその頻度は分かります。鍵がなければ値の復元も総当たりもできず、"
                "別の鍵による提供データとは突合できません",
            )
        case EncryptFpe():
            return t(
                "which records have the same value can be seen, how often, and how long and in what form it was "
                "written; without the key no value can be found or tried out, with it every value can be computed back",
                "同じ値を持つレコードとその頻度、値の長さと書式は分かります。鍵がなければ値の復元も総当たりもできません。"
                "鍵の保有者はすべての値を復元できます",
            )
        case Encrypt(deterministic=deterministic, held_in=place):
            return _encryption(place, deterministic=deterministic)
        case ShiftDates(days=days):
            return _shift(days)


def _less(step: Mask | TopBottomCode | SuppressRare | RoundLocation | Generalise) -> Text:
    """Of steps that leave a part of what a value tells."""
    match step:
        case Mask(show_last=shown):
            return _mask(shown)
        case TopBottomCode(bottom=bottom, top=top):
            return _coding(bottom, top)
        case SuppressRare(least=least):
            return t(
                f"values that {least:,} or more records have are known, and which records have a rarer one",
                f"{least:,} 件以上のレコードにある値と、それより希少な値を持つレコードがどれかが分かります",
            )
        case RoundLocation(min_error_m=error):
            return grid_words(error)
        case Generalise(to=to, n=n):
            return coarser_words(to, n)


def _encryption(place: str, *, deterministic: bool) -> Text:
    seen = t("which records have the same value can be seen, how often,", "同じ値を持つレコードとその頻度、")
    held = t(f", which is to be kept in {place}", f"（{place} で保管）") if place else t("", "")
    en = f"{seen.en} and " if deterministic else ""
    ja = seen.ja if deterministic else ""
    return t(
        f"{en}how long a value is, in steps of 16 bytes; without the key{held.en} nothing else can be found or tried "
        "out, and a changed value does not open; with it every value can be computed back",
        f"{ja}値の長さ（16 バイト単位）が分かります。鍵{held.ja}がなければそれ以外の復元も総当たりもできず、"
        "改変された値は開けません。鍵の保有者はすべての値を復元できます",
    )


def _mask(shown: int) -> Text:
    if not shown:
        return t("only the length of a value can be seen", "分かるのは値の長さだけです")
    return t(
        f"the length and the last {shown} characters of longer values can be seen: few values may share them",
        f"値の長さと末尾 {shown} 文字（それより長い値のみ）が分かります。該当する値が少数に絞られることがあります",
    )


def _redaction(known: Sequence[str]) -> Text:
    columns = ", ".join(f"`{name}`" for name in known)
    en = f"; values that the record has in {columns}, in the same spelling, are gone too" if known else ""
    ja = f"同じレコードの {columns} と同じ表記の値も置き換えます。" if known else ""
    return t(
        "of what is recognised in the text only the kind is known (what has a form of its own: numbers, mail "
        f"addresses, telephone numbers, names that are announced as such){en}; all else that the text says is known as "
        "it is, names in running text too, and may single somebody out",
        "文中で認識した値（番号、メールアドレス、電話番号、敬称や見出しの付いた氏名など固有の形を持つもの）は"
        f"種類しか分かりません。{ja}文中のそれ以外の内容は、地の文の氏名も含めてそのまま分かり、個人を特定できることがあります",
    )


def _coding(bottom: float | None, top: float | None) -> Text:
    ends = []
    if bottom is not None:
        ends.append(t(f"up to {bottom:.15g}", f"{bottom:.15g} 以下"))
    if top is not None:
        ends.append(t(f"from {top:.15g}", f"{top:.15g} 以上"))
    en, ja = " and ".join(end.en for end in ends), "と".join(end.ja for end in ends)
    return t(
        f"of values {en} only that is known; all others are known as they are",
        f"{ja}の値はそのことしか分かりません。それ以外の値はそのまま分かります",
    )


def _shift(days: int) -> Text:
    """Shifts below half a year leave something of the season (both ways they cover a year)."""
    season = t("; the season can be told", "。季節も分かります") if days < _HALF_A_YEAR else t("", "")
    return t(
        f"a true date lies at most {days:,} days from the one that leaves. Order, days between and times of day stay "
        "for each subject: a rare series can be recognised, also between releases under different keys. Who knows one "
        f"true date of a subject knows all others, and one near the limit of what can be tells more{season.en}",
        f"本当の日付は出力された日付から {days:,} 日以内にあります。対象者ごとの前後関係、日数の間隔、時刻は残るため、"
        "珍しい並びは鍵の異なる提供データの間でも見分けられます。対象者の本当の日付を 1 つ知る者にはほかの日付もすべて"
        f"分かり、あり得る限界に近い日付からはより多くが知られます{season.ja}",
    )


def grid_words(error: float) -> Text:
    decimals = decimals_for(error)
    largest = f"{largest_error_m(decimals):,.0f}"
    return t(
        f"a place is known to a grid of {float(10**-decimals):g} degrees, with a largest error of at least {largest} m "
        "when both coordinates are rounded; places near the centre of a cell lie closer",
        f"位置は {float(10**-decimals):g} 度の格子までしか分かりません。両座標を丸めた場合の最大誤差は {largest} m "
        "以上です。格子の中心付近では誤差が小さくなります",
    )


def coarser_words(to: Grain, n: int = 0) -> Text:
    match to:
        case "year":
            return t("the year is known, month and day are not", "年は分かりますが、月日は分かりません")
        case "year_month":
            return t("year and month are known, the day is not", "年月は分かりますが、日は分かりません")
        case "decade":
            return t("the decade is known, the year is not", "年代は分かりますが、年は分かりません")
        case "first_chars":
            return t(
                f"the first {n} characters are known; a value that has no more is known as a whole",
                f"先頭 {n} 文字が分かります。それ以下の長さの値はそのまま分かります",
            )
        case "number_range":
            return t(
                f"a range of width {n} is known; a value at the rim of the distribution may be alone in its range",
                f"幅 {n} の区間が分かります。分布の端の値は区間内に 1 件だけのことがあります",
            )
