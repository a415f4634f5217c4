"""What a profile says in words: how people were counted, what was left open, what else was seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tegata.model.base import Text, t
from tegata.model.profile import ColumnProfile, SubjectCount
from tegata.scan.decide import Verdict
from tegata.scan.roles import CountPlan
from tegata.scan.subjects import Counted


def count_notes(plan: CountPlan, counted: Counted) -> Iterable[Text]:
    """One note per way of counting, and one on residents."""
    for subject in {(s.key, s.exact, s.unit): s for s in counted.subjects}.values():
        yield _how(subject, by_name=any(len(key) > 1 for role in plan.roles for key in role.keys))
    yield from _residents(plan, counted)


def _how(subject: SubjectCount, *, by_name: bool) -> Text:
    key = ", ".join(f"`{column}`" for column in subject.key)
    what, what_ja = ("devices", "端末") if subject.unit == "device" else ("people", "人")
    if not subject.key and subject.exact:
        return t(
            f"each column of calls is about one person of its own: exact number of those columns, {subject.n}",
            f"遺伝型の列はそれぞれ 1 人についてのものです。その列数 {subject.n} を正確な人数としました",
        )
    if not subject.key:
        return t(
            f"no column tells {what} apart: each row counts as one, so {subject.n} is an upper bound",
            f"{what_ja}を識別できる列がないため、1 行を 1 と数えた上限値です（{subject.n}）",
        )
    if not subject.exact:
        return t(
            f"{what} are told apart by {key} where filled; rows without it, or with another of these keys, count once"
            f" more, so {subject.n} is an upper bound",
            f"{what_ja}は {key} で識別し、空の行や別のキーの行は別の{what_ja}として数えた上限値です（{subject.n}）",
        )
    caution = ("; namesakes born on the same day would count as one", "。同姓同名・同生年月日は 1 と数えます")
    tail = caution if by_name and subject.unit == "person" else ("", "")
    return t(
        f"{what} are told apart by {key}: exact number of its distinct values{tail[0]}",
        f"{what_ja}は {key} の異なる値の数で正確に数えました{tail[1]}",
    )


def _residents(plan: CountPlan, counted: Counted) -> Iterable[Text]:
    most = max(counted.subjects, key=lambda s: s.n, default=None)
    if most is None or not most.residents:
        return
    unknown = max(0, most.n - sum(most.residents.values()))
    by = f"`{plan.country}`" if plan.country else "national identity numbers"
    by_ja = f"`{plan.country}`" if plan.country else "各国の個人番号"
    yield t(
        f"residents are read from {by}; {unknown} of {most.n} are unknown and may belong anywhere",
        f"居住国は {by_ja} から読み取りました。{most.n} のうち {unknown} は不明で、どの国でもあり得ます",
    )


def place_note(verdicts: Sequence[Verdict]) -> Iterable[Text]:
    """Coordinates that were taken for those of places."""
    if any(v.recogniser and v.recogniser.precision and v.recogniser.category == "ordinary" for v in verdicts):
        yield t(
            "coordinates belong to places: the table names places or facilities and no person, account or device",
            "座標は場所のものと判断しました。施設や地名の列があり、個人・アカウント・端末を示す列がありません",
        )


def finds_note(profiles: Sequence[ColumnProfile]) -> Iterable[Text]:
    """Columns that hold something beside what they are."""
    if names := [f"`{profile.name}`" for profile in profiles if profile.finds]:
        yield t(
            f"sensitive values stand among other text or in cells of another kind: {', '.join(names)}",
            f"文章や別の種類の列の中に、保護を要する値があります: {'、'.join(names)}",
        )
