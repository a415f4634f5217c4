"""A protection plan and its result in words."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from tegata.cli.paper import Paper
from tegata.cli.render.anonymity import show_demand, show_limit, show_risk
from tegata.cli.render.grains import GRAINS
from tegata.cli.render.profile import category_words
from tegata.cli.render.words import size_words
from tegata.model.base import Text, t
from tegata.model.plan import Met, ProtectionPlan, Release
from tegata.model.profile import Profile
from tegata.model.rows import RowFilter
from tegata.model.statistics import Statistics
from tegata.model.step import (
    Drop,
    Encrypt,
    EncryptFpe,
    Generalise,
    Keep,
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
from tegata.protect.figures import accuracy
from tegata.protect.filters import filter_words
from tegata.protect.guarantee import guarantee
from tegata.protect.statistics import guarantee as noise_words
from tegata.protect.statistics import loss

TITLES = (t("COLUMN", "列"), t("CATEGORY", "分類"), t("WHAT HAPPENS", "処理"), t("WHY", "根拠"))
STEP_TITLES = (t("COLUMN", "列"), t("STEP", "処理"), t("CHANGED", "変更数"), t("CELLS", "セル数"))
MEETS = t("How each clause is met:", "各条項の充足方法:")
GUARANTEES = t("What can still be learned:", "なお知られ得ること:")


def step_words(step: Step) -> Text:
    match step:
        case Drop():
            return t("does not leave", "出さない")
        case Keep():
            return t("leaves as it is", "そのまま出す")
        case Mask(show_last=0):
            return t("masked", "すべて伏せる")
        case Mask(show_last=n):
            return t(f"masked but the last {n}", f"末尾 {n} 文字以外を伏せる")
        case Pseudonymise():
            return t("replaced by a keyed pseudonym", "鍵付き仮名に置き換える")
        case Tokenise():
            return t("replaced by a token of a vault", "保管庫のトークンに置き換える")
        case EncryptFpe():
            return t("encrypted in its own form (FF1)", "書式を保って暗号化する（FF1）")
        case Encrypt(deterministic=deterministic):
            return _encryption_words(deterministic=deterministic)
        case RedactText():
            return t("what is recognised in the text gives way to its kind", "文中で認識した値を種類名に置き換える")
        case _:
            return _telling_words(step)


def _encryption_words(*, deterministic: bool) -> Text:
    if deterministic:
        return t("encrypted, equal values alike", "暗号化する（同じ値は同じ暗号文）")
    return t("encrypted", "暗号化する")


def _telling_words(step: TopBottomCode | SuppressRare | RoundLocation | ShiftDates | Generalise) -> Text:
    match step:
        case ShiftDates(subject=subject, days=days):
            by = ", ".join(subject)
            return t(f"shifted by up to {days:,} days, by {by}", f"{by} ごとに最大 {days:,} 日ずらす")
        case TopBottomCode():
            return t("cut off beyond the limits", "範囲外の値を切り上げ・切り下げる")
        case SuppressRare(least=least):
            return t(f"values of fewer than {least:,} records hidden", f"{least:,} 件未満の値を伏せる")
        case RoundLocation(min_error_m=metres):
            return t(f"rounded to {metres:,.0f} m or coarser", f"{metres:,.0f} m 以上の粗さに丸める")
        case Generalise():
            return _coarser_words(step)


def _coarser_words(step: Generalise) -> Text:
    match step.to:
        case "first_chars":
            return t(f"first {step.n} characters only", f"先頭 {step.n} 文字のみ")
        case "number_range":
            return t(f"a range of width {step.n}", f"幅 {step.n} の範囲")
        case grain:
            return GRAINS[grain]


def show_plan(paper: Paper, plan: ProtectionPlan, profile: Profile | None) -> None:
    steps = {step.column: step for step in plan.steps}
    names = [column.name for column in profile.columns] if profile else list(steps)
    categories = {column.name: column.category for column in profile.columns} if profile else {}
    paper.table(TITLES, (_row(name, steps.get(name), plan, categories.get(name)) for name in names))
    _guarantees(paper, [(str(type(step).__struct_config__.tag), guarantee(step)) for step in plan.steps])
    for one in plan.rows:
        _filter(paper, one)
    if plan.cap_subjects is not None:
        by = ", ".join(plan.subject_key)
        cap = f"{plan.cap_subjects:,}"
        paper.line(t(f"at most {cap} people leave, counted by {by}", f"出るのは最大 {cap} 人（{by} で数える）"))
    if plan.none_left:
        kinds = ", ".join(plan.none_left)
        paper.line(t(f"nothing of these kinds may be left: {kinds}", f"次の種類の値は一切残しません: {kinds}"))
    if plan.anonymity is not None:
        show_demand(paper, plan.anonymity)
    if plan.statistics is not None:
        _statistics(paper, plan.statistics)
    if plan.differencing is not None:
        show_limit(paper, plan.differencing)
    if plan.meets:
        paper.heading(MEETS)
    for met in plan.meets:
        _met(paper, met)


def _filter(paper: Paper, one: RowFilter) -> None:
    op, rule = str(one.__struct_config__.tag), f" ({one.because})" if one.because else ""
    paper.line(f"{op}{rule}: ", filter_words(one), indent=2, hang=2)


def _guarantees(paper: Paper, told: Sequence[tuple[str, Text]]) -> None:
    """Each once, however many columns it holds for."""
    if told:
        paper.heading(GUARANTEES)
    for subject, words in dict.fromkeys(told):
        paper.line(f"{subject}: ", words, indent=2, hang=2)


def _statistics(paper: Paper, asked: Statistics) -> None:
    cells = f"{prod(len(one.values) + 1 for one in asked.count_by):,}"
    over = ", ".join(one.column for one in asked.count_by)
    paper.gap()
    paper.line(
        t(
            f"no record leaves: {cells} counts by {over}, each with noise",
            f"レコードは出さず、{over} 別の件数 {cells} 個を雑音付きで出します",
        )
    )
    paper.line(noise_words(asked), indent=2, hang=2)
    for figure in asked.figures:
        paper.line(accuracy(figure, asked.per_person), indent=2, hang=2)
    if asked.budget is not None:
        spent, all_ = f"{float(loss(asked)):g}", f"{asked.budget:g}"
        paper.line(
            t(
                f"takes {spent} of the {all_} that all releases of the data set to one recipient may lose",
                f"同じ受領者へのこのデータの全提供で許される損失 {all_} のうち {spent} を使います",
            ),
            indent=2,
            hang=2,
        )


def _met(paper: Paper, met: Met) -> None:
    paper.line(f"{met.clause}  ", met.asks, indent=2, hang=2)
    paper.exact(met.citation.ref, indent=4, style="dim")
    paper.line(t("met by: ", "充足方法: "), met.how, indent=4, hang=2)
    if met.columns:
        paper.line(t("columns: ", "列: "), ", ".join(met.columns), indent=4, hang=2)
    if met.remains is not None:
        paper.line(t("left for you: ", "残る措置: "), met.remains, indent=4, hang=2, style="yellow")


def _row(name: str, step: Step | None, plan: ProtectionPlan, category: str | None) -> Sequence[str | Text]:
    chosen = step or (Drop(column=name) if plan.otherwise == "drop" else Keep(column=name))
    return name, category_words(category) if category else "", step_words(chosen), plan.because.get(name, "")


def show_release(paper: Paper, release: Release, path: str) -> None:
    for part in release.parts:
        paper.heading(part.name)
        show_release(paper, part.release, part.file)
        paper.gap()
    steps = release.report.steps
    if steps:
        paper.table(STEP_TITLES, ((s.column, s.op, f"{s.changed:,}", f"{s.cells:,}") for s in steps), right=(2, 3))
    for one in release.report.filters:
        stay = f"{one.withheld:,}"
        paper.line(t(f"{stay} records stay by `{one.column}`", f"`{one.column}` により {stay} 件は出ません"))
    _guarantees(paper, [(one.op, one.guarantee) for one in release.report.filters])
    # By k-anonymity each column has a level of its own.
    _guarantees(paper, [(s.column if s.op == "k_anonymity" else s.op, s.guarantee) for s in steps])
    show_risk(paper, release.report)
    for note in release.report.notes:
        paper.line("! ", note, style="yellow")
    paper.gap()
    rows, size = f"{release.rows:,}", size_words(release.size)
    paper.exact(path, style="bold")
    paper.line(t(f"{rows} rows, {size}", f"{rows} 行、{size}"), indent=2)
    paper.exact(release.digest, indent=2, style="dim")
