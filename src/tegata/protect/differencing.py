"""What releases may tell together: the limit of a plan, the worst of several comparisons, and both in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tegata.model.base import Text, t
from tegata.model.errors import DifferencingError
from tegata.model.plan import Beside, Differencing, Earlier, Overlap, ProtectionPlan


def fault(plan: ProtectionPlan) -> Text | None:
    """What is wrong with the limit, whatever table it is for."""
    asked = plan.differencing
    if asked is None:
        return None
    if asked.least_change is None and asked.most_alone is None:
        return t("it needs `least_change`, `most_alone` or both", "`least_change` か `most_alone` が必要です")
    if (asked.least_change or 2) < 2 or (asked.most_alone or 0) < 0:
        return t(
            "`least_change` is at least 2, `most_alone` at least 0",
            "`least_change` は 2 以上、`most_alone` は 0 以上です",
        )
    if plan.statistics is not None:
        return t("counts with noise are held by their `budget`", "雑音付きの件数は `budget` で制限します")
    return None


def stricter(first: Differencing, second: Differencing) -> Differencing:
    """What meets both."""
    changes = [one.least_change for one in (first, second) if one.least_change is not None]
    alone = [one.most_alone for one in (first, second) if one.most_alone is not None]
    return Differencing(
        least_change=max(changes, default=None),
        most_alone=min(alone, default=None),
        of="anyone" if "anyone" in (first.of, second.of) else "recipient",
    )


def worst(overlaps: Sequence[Overlap]) -> Beside:
    known = [one for one in overlaps if one.alike is not None]
    return Beside(
        compared=len(known),
        unknown=len(overlaps) - len(known),
        smallest_change=min((one.smallest_change for one in known if one.smallest_change), default=None),
        alone_in_both=max((one.alone_in_both or 0 for one in known), default=0),
    )


def together(first: Beside, second: Beside) -> Beside:
    """The worst of both."""
    changes = [one.smallest_change for one in (first, second) if one.smallest_change is not None]
    return Beside(
        compared=first.compared + second.compared,
        unknown=first.unknown + second.unknown,
        smallest_change=min(changes, default=None),
        alone_in_both=max(first.alone_in_both, second.alone_in_both),
    )


def check_differences(asked: Differencing | None, found: Beside) -> None:
    """Whether what two releases tell is within the limit; what is not known is not.

    Raises:
        DifferencingError: it is not.
    """
    if asked is None:
        return
    if found.unknown:
        raise _too_much(
            t(
                f"{found.unknown:,} earlier releases could not be compared with this one",
                f"以前の提供データのうち {found.unknown:,} 件と比較できませんでした",
            )
        )
    if asked.least_change is not None and (found.smallest_change or asked.least_change) < asked.least_change:
        raise _too_much(_change_words(found.smallest_change or 0, asked.least_change))
    if asked.most_alone is not None and found.alone_in_both > asked.most_alone:
        raise _too_much(
            t(
                f"{found.alone_in_both:,} records are alone in their group in both; {asked.most_alone:,} may be",
                f"{found.alone_in_both:,} 件のレコードが双方で単独です。上限は {asked.most_alone:,} 件です",
            )
        )


def _change_words(found: int, least: int) -> Text:
    return t(
        f"a group of records alike has changed by {found:,} since an earlier one; {least:,} is the least",
        f"以前の提供データから {found:,} 件だけ増減した集団があります。下限は {least:,} 件です",
    )


def _too_much(why: Text) -> DifferencingError:
    return DifferencingError(
        t(
            "beside an earlier release this one would tell too much",
            "以前の提供データと併せると、知られることが多すぎます",
        ),
        why=why,
        hint=t(
            "wait until more has changed, or agree on coarser data",
            "変更がまとまるまで待つか、より粗いデータで合意してください",
        ),
    )


def overlap_words(found: Overlap) -> Text:
    name = found.table
    if found.alike is None:
        return t(
            f"beside the earlier release `{name}` nothing could be compared",
            f"以前の提供データ `{name}` とは比較できませんでした",
        )
    en = f"beside the earlier `{name}`: {found.alike:,} records in both, {found.added:,} new, {found.gone:,} gone"
    ja = f"以前の提供データ `{name}` と共通 {found.alike:,} 件、追加 {found.added:,} 件、消失 {found.gone:,} 件"
    if found.smallest_change is not None:
        en += f"; who knows that a person came or went finds the record among as few as {found.smallest_change:,}"
        ja += f"。人の増減を知る者は、該当レコードを最少 {found.smallest_change:,} 件まで絞れます"
    if found.alone_in_both:
        en += f"; {found.alone_in_both:,} records are alone in both, so what the two tell of them can be put together"
        ja += f"。両方で単独の {found.alone_in_both:,} 件は、双方の内容を突き合わせられます"
    return t(en, ja)


def earlier_words(found: Earlier) -> Iterator[Text]:
    """What who holds earlier releases learns: the recipient, then all recipients who put theirs together two by two."""
    yield _beside_words(found.recipient, t("to this recipient", "この受領者"))
    if found.anyone.compared + found.anyone.unknown > found.recipient.compared + found.recipient.unknown:
        yield _beside_words(found.anyone, t("to anyone", "全受領者"))


def _beside_words(found: Beside, whom: Text) -> Text:
    en = f"beside {found.compared:,} different earlier releases {whom.en}"
    ja = f"{whom.ja}への異なる以前の提供 {found.compared:,} 件と併せて"
    if found.smallest_change is None:
        en, ja = f"{en}: no group of records alike has changed", f"{ja}: 増減した集団はありません"
    else:
        en += f": who knows that a person came or went finds the record among as few as {found.smallest_change:,}"
        ja += f": 人の増減を知る者は、該当レコードを最少 {found.smallest_change:,} 件まで絞れます"
    if found.alone_in_both:
        en += f"; up to {found.alone_in_both:,} records are alone in two releases, which can be put together"
        ja += f"。最大 {found.alone_in_both:,} 件が 2 つの提供の双方で単独で、突き合わせられます"
    if found.unknown:
        en += f"; {found.unknown:,} more could not be compared"
        ja += f"。他の {found.unknown:,} 件とは比較できませんでした"
    return t(en, ja)
