"""Rule packs in words: the list, one of them whole, its faults, its examples, its changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from tegata.cli.paper import Paper
from tegata.cli.render.words import COLOURS, value_words
from tegata.model.base import Text, t
from tegata.model.decision import Outcome
from tegata.rules.pack import Pack
from tegata.rules.pack_diff import PackChange
from tegata.rules.pack_file import Definition, Example, Parameter, Rule
from tegata.rules.summary import PackSummary
from tegata.sheets.words import OUTCOMES

if TYPE_CHECKING:
    from tegata.cli.rules.results import LintResult, PackTest

T = TypeVar("T")

TITLES = (
    t("PACK", "パック"),
    t("VERSION", "版"),
    t("FROM", "開始日"),
    t("REVIEW BY", "見直し期限"),
    t("RULES", "規則"),
    t("EXAMPLES", "事例"),
    t("WHAT", "内容"),
)
NOT_IN_FORCE = t("decides nothing: ", "判断に用いない: ")
PARAMETERS = t("Parameters", "パラメーター")
DEFINITIONS = t("Definitions", "定義")
RULES = t("Rules", "規則")
EXAMPLES = t("Worked examples", "事例")
BY = t("by ", "手段: ")
OVERRIDES = t("exception to ", "次の規則の例外: ")
UNTRIED = t("hold in no example: ", "事例のない規則: ")
CLEAN = t("no faults", "誤りはありません")
SAME = t("the two packs say the same", "2 つのパックの内容は同じです")


def show_list(paper: Paper, packs: Sequence[PackSummary]) -> None:
    paper.table(TITLES, (_row(paper, pack) for pack in packs), right=(4, 5))


def _row(paper: Paper, pack: PackSummary) -> Sequence[str | Text]:
    status = "" if pack.status == "in_force" else paper.word(NOT_IN_FORCE) + pack.status + " - "
    return (
        pack.id,
        pack.version,
        pack.from_.isoformat(),
        pack.review_after.isoformat(),
        str(pack.rules),
        str(pack.examples),
        status + paper.word(pack.title),
    )


def show_pack(paper: Paper, pack: Pack) -> None:
    files = pack.files
    paper.line(pack.id, " ", pack.version, style="bold")
    paper.line(files.head.title)
    for source in files.head.sources:
        paper.line(source.ref, "  ", source.url, indent=2, style="cyan")
    first, last = files.head.from_.isoformat(), files.head.review_after.isoformat()
    paper.line(
        t(f"from {first}, to be reviewed by {last}", f"{first} から、{last} までに見直し"), indent=2, style="dim"
    )
    paper.exact(pack.digest, indent=2, style="dim")
    _part(paper, PARAMETERS, files.parameters, show_parameter)
    _part(paper, DEFINITIONS, files.definitions, show_definition)
    _part(paper, RULES, files.rules, show_rule)
    _part(paper, EXAMPLES, pack.examples, _show_example)


def _part(paper: Paper, title: Text, items: Sequence[T], show: Callable[[Paper, T], None]) -> None:
    if items:
        paper.heading(title)
    for item in items:
        show(paper, item)


def _show_example(paper: Paper, example: Example) -> None:
    paper.line(f"{example.id}: {example.why}", indent=2, hang=2)


def show_parameter(paper: Paper, parameter: Parameter) -> None:
    paper.line(f"{parameter.id}  {parameter.cite}", indent=2, style="cyan")
    for dated in parameter.values:
        until = f" .. {dated.until}" if dated.until else ""
        shown = value_words(dated.value, paper.language)
        paper.line(f"{dated.from_}{until}: {shown} {parameter.unit}", indent=4, hang=2)


def show_definition(paper: Paper, definition: Definition) -> None:
    paper.line(f"{definition.id}  {definition.cite}", indent=2, style="cyan")
    if definition.say:
        paper.line(definition.say, indent=4)
    paper.line(_one_line(definition.when or definition.value or ""), indent=4, hang=2, style="dim")


def show_rule(paper: Paper, rule: Rule) -> None:
    status = "" if rule.status == "in_force" else f" [{rule.status}]"
    dates = f" {rule.from_ or ''} .. {rule.until or ''}" if rule.from_ or rule.until else ""
    paper.line(rule.id, ": ", OUTCOMES[rule.outcome], status, dates, indent=2, style=COLOURS[rule.outcome])
    paper.line("; ".join(citation.ref for citation in rule.cite), indent=4, style="cyan")
    paper.line(rule.say, indent=4)
    paper.line(_one_line(rule.when), indent=4, hang=2, style="dim")
    if rule.overrides:
        paper.line(OVERRIDES, ", ".join(rule.overrides), indent=4, style="dim")
    for condition in rule.conditions:
        paper.line("- ", condition.say, indent=4, hang=2)
        paper.line(BY, ", ".join(condition.means), indent=6, hang=2, style="dim")


def _one_line(expression: str) -> str:
    return " ".join(expression.split())


def show_lint(paper: Paper, result: LintResult) -> None:
    for fault in result.faults:
        place = ":".join(filter(None, (fault.file, fault.item, str(fault.column or ""))))
        paper.line(place, style="bold red")
        paper.line(fault.say, indent=2, hang=2)
    if not result.faults:
        paper.line(result.pack, ": ", CLEAN, style=COLOURS[Outcome.ALLOW])
    for remark in result.remarks:
        paper.line("! ", remark, hang=2, style="yellow")


def show_test(paper: Paper, result: PackTest) -> None:
    failed = [run for run in result.examples if not run.passed]
    for run in failed:
        paper.line(f"{run.id}  {run.section}", style="bold red")
        for failure in run.failures:
            paper.line("- ", failure, indent=2, hang=2)
    if result.untried:
        paper.line(UNTRIED, ", ".join(result.untried), hang=2, style="yellow")
    total, wrong = len(result.examples), len(failed)
    said = t(
        f"{total - wrong} of {total} examples come out as they say", f"事例 {total} 件中 {total - wrong} 件が期待どおり"
    )
    paper.line(f"{result.pack} {result.version}: ", said, style="red" if failed else "green")


def show_diff(paper: Paper, changes: Sequence[PackChange]) -> None:
    if not changes:
        paper.line(SAME)
    for file, group in groupby(changes, key=lambda change: change.file):
        paper.line(file, style="bold")
        for change in group:
            paper.line(MARKS[change.kind], change.say, indent=2, hang=2)


MARKS = {"added": "+ ", "removed": "- ", "changed": "~ "}
