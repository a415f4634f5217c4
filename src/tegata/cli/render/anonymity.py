"""A demand for k-anonymity, and the risk that is left, in words."""

from __future__ import annotations

from tegata.cli.paper import Paper
from tegata.cli.render.grains import GRAINS
from tegata.model.base import Text, t
from tegata.model.plan import Dates, Differencing, Grid, Hierarchy, KAnonymity, Prefixes, Ranges, RiskReport, Taxonomy

ATTACKER = t("What somebody who knows these values of a person learns:", "これらの値を知る者に知られること:")


def show_demand(paper: Paper, asked: KAnonymity) -> None:
    k, share = f"{asked.k:,}", f"{asked.max_suppressed:.1%}"
    paper.gap()
    paper.line(
        t(
            f"every record that leaves is alike with {k} or more in the columns below (itself among them), which are "
            f"made coarser as far as needed; at most {share} of the records stay behind for that",
            f"出力されるレコードは、以下の列について同じ値の {k} 件以上（自身を含む）の集団に属します。"
            f"必要な分だけ粗くし、そのために除くレコードは最大 {share} です",
        )
    )
    for quasi in asked.quasi_identifiers:
        paper.line(f"{quasi.column}: ", _hierarchy_words(quasi.hierarchy), indent=2, hang=2)
    for name in asked.sensitive:
        words = t("what a group tells of it is measured (l, t)", "集団から分かる程度を測定します（l、t）")
        paper.line(f"{name}: ", words, indent=2, hang=2)


def show_risk(paper: Paper, report: RiskReport) -> None:
    if report.k is not None:
        _show_groups(paper, report)
    if report.still_learnt:
        paper.heading(ATTACKER)
    for text in report.still_learnt:
        paper.line(text, indent=2, hang=2)


def show_limit(paper: Paper, asked: Differencing) -> None:
    """What a release must withstand beside earlier ones."""
    whom = t("to the same recipient", "同じ受領者への") if asked.of == "recipient" else t("to anyone", "すべての")
    paper.gap()
    paper.line(t(f"beside each earlier release {whom.en}:", f"{whom.ja}以前の提供と比べて:"))
    if asked.least_change is not None:
        least = f"{asked.least_change:,}"
        en = (
            f"no group of records alike has changed by fewer than {least} records: among so many hides who came or went"
        )
        paper.line(t(en, f"どの集団の増減も {least} 件以上（増減した人はその中に紛れます）"), indent=2, hang=2)
    if asked.most_alone is not None:
        most = f"{asked.most_alone:,}"
        en = f"at most {most} records are alone in both, so that what the two tell can be put together"
        paper.line(t(en, f"双方で単独となり突き合わせられるレコードは {most} 件まで"), indent=2, hang=2)


def _show_groups(paper: Paper, report: RiskReport) -> None:
    over, alone = ", ".join(report.quasi_identifiers), f"{report.unique_rows or 0:,}"
    paper.gap()
    paper.line(
        t(
            f"smallest group over {over}: {report.k:,} rows; rows alone in their group: {alone}",
            f"{over} で見た最小の集団: {report.k:,} 行、単独の行: {alone}",
        )
    )
    if report.information_loss is not None:
        lost, left_out = f"{report.information_loss:.1%}", f"{report.suppressed_rows:,}"
        paper.line(
            t(
                f"records left out for it: {left_out}; information lost in these columns: {lost}",
                f"そのために除いたレコード: {left_out} 件、これらの列で失われた情報: {lost}",
            )
        )


def _hierarchy_words(hierarchy: Hierarchy) -> Text:
    match hierarchy:
        case Ranges(widths=widths):
            listed = ", ".join(f"{width:,}" for width in widths)
            return t(f"ranges of {listed}, or nothing", f"幅 {listed} の範囲、または非表示")
        case Dates(to=units):
            en, ja = (", ".join(GRAINS[unit].say(language) for unit in units) for language in ("en", "ja"))
            return t(f"{en}, or nothing", f"{ja}、または非表示")
        case Prefixes(lengths=lengths):
            listed = ", ".join(str(length) for length in lengths)
            return t(f"the first {listed} characters, or nothing", f"先頭 {listed} 文字、または非表示")
        case Grid(min_errors_m=errors):
            listed = ", ".join(f"{error:,.0f} m" for error in errors)
            return t(f"rounded to {listed} or coarser, or nothing", f"{listed} 以上の粗さ、または非表示")
        case Taxonomy(parents=parents) if parents:
            return t("what it belongs to in the taxonomy of the plan, or nothing", "計画の分類での上位、または非表示")
        case Taxonomy():
            return t("as it is, or nothing", "そのまま、または非表示")
