"""`tegata decide`: may it go, on stated facts alone; for one flow, by questions, or for a table of flows."""

from __future__ import annotations

from pathlib import Path

import click

from tegata.cli.command import Command, F, answers, option
from tegata.cli.files import read_document, refuse_existing
from tegata.cli.ownership import completed, ownership_option
from tegata.cli.packs import PackChoice, packs_in_use, packs_option
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.decision import Decision, Flow
from tegata.model.errors import UsageError

ABOUT = t(
    "Decide on the facts that FLOW states (YAML or JSON; `-` reads stdin). A fact may be left out: where it matters "
    "the answer asks for it. `--template` prints a flow file with every fact and its question. `--ask` puts the "
    "questions that still matter one by one, the most decisive first. `--batch` decides every row of a table (CSV, "
    "Parquet, Excel, JSON lines) whose columns are facts, and writes one decision a row. `--replay` makes a decision "
    "that was saved (`--json`, or `tegata check --save`) again and says whether it follows from what it records.",
    "FLOW（YAML または JSON、`-` は標準入力）に書かれた事実で判定する。事実は省略でき、結果を左右するものだけを尋ねる。"
    "`--template` はすべての事実と質問を載せたひな形を出力する。"
    "`--ask` は結果を左右する質問だけを、決め手になる順に一つずつ尋ねる。"
    "`--batch` は列が事実である表（CSV・Parquet・Excel・JSON Lines）の各行を判定し、行ごとの判定を書き出す。"
    "`--replay` は保存した判定（`--json` や `tegata check --save`）を再現し、記録された事実から導かれるか確かめる。",
)


def decision_on(flow: Flow, *, profile_digest: str = "", packs: PackChoice) -> Decision:
    """The decision of today, of all built-in packs and of those in the folders."""
    from tegata.clock import SystemClock
    from tegata.rules import decide

    return decide(flow, packs_in_use(packs), today=SystemClock().now().date(), profile_digest=profile_digest)


def explain_option(function: F) -> F:
    about = t("also what may still apply, and every question", "適用の可能性がある規則とすべての質問も示す")
    return option("--explain", is_flag=True, about=about)(function)


def tell(terminal: Terminal, decision: Decision, *, explain: bool) -> int:
    """The decision as a document or in words; its exit code."""
    if terminal.as_json:
        terminal.document(decision)
    else:
        from tegata.cli.render import decision as render

        render.show(terminal.paper(), decision, explain=explain)
    return decision.outcome.exit_code


@click.command("decide", cls=Command, about=ABOUT)
@click.argument("flow", type=click.Path(path_type=Path), required=False)
@option("--template", is_flag=True, about=t("print a flow file to fill in", "記入用のフローファイルを出力する"))
@option("--ask", is_flag=True, about=t("ask what still matters, one by one", "結果を左右する質問を一つずつ尋ねる"))
@option(
    "--save-flow",
    type=click.Path(path_type=Path),
    about=t("with --ask: keep all facts in this flow file", "--ask の回答を含む事実をこのファイルに保存する"),
)
@option("--batch", type=click.Path(path_type=Path), about=t("decide every row of this table", "この表の各行を判定する"))
@option(
    "--out",
    type=click.Path(path_type=Path),
    about=t("with --batch: the decisions (.csv, .jsonl, .parquet)", "--batch の判定の出力先（.csv、.jsonl、.parquet）"),
)
@option(
    "--questions",
    is_flag=True,
    about=t("with --batch: also what each row is missing (slower)", "--batch で不足している事実も示す（低速）"),
)
@option(
    "--replay",
    type=click.Path(path_type=Path),
    about=t("make this saved decision again and compare the bytes", "保存した判定を再現し、内容が一致するか確かめる"),
)
@ownership_option
@option("--force", is_flag=True, about=t("overwrite files", "既存のファイルを上書きする"))
@packs_option
@explain_option
@answers
@click.pass_obj
def command(
    terminal: Terminal,
    flow: Path | None,
    template: bool,
    ask: bool,
    save_flow: Path | None,
    batch: Path | None,
    out: Path | None,
    questions: bool,
    replay: Path | None,
    ownership: Path | None,
    force: bool,
    packs: PackChoice,
    explain: bool,
) -> int:
    if template:
        from tegata.rules import flow_template

        click.echo(flow_template(), nl=False)
        return 0
    alone = bool(flow or ask or save_flow)
    if replay:
        from tegata.cli.replay import replayed

        return replayed(terminal, replay, packs, alone=not (alone or ownership or batch or out or questions))
    _refuse_idle(batch, batch_only=bool(out or questions), ask=ask, ask_only=bool(save_flow), alone=alone)
    if batch:
        from tegata.cli.batch import decide_rows

        return decide_rows(terminal, batch, out, packs, ownership=ownership, questions=questions, force=force)
    if save_flow:
        refuse_existing(save_flow, force=force)
    stated = _stated(flow, ask=ask)
    if ownership:
        stated = completed(stated, ownership, packs)
    if ask:
        from tegata.cli.ask import complete

        stated = complete(terminal, stated, packs)
    if save_flow:
        from tegata.cli.ask import save

        save(save_flow, stated)
    return tell(terminal, decision_on(stated, packs=packs), explain=explain)


def _refuse_idle(batch: Path | None, *, batch_only: bool, ask: bool, ask_only: bool, alone: bool) -> None:
    """What would be left undone without a word is refused."""
    if batch and alone:
        raise UsageError(
            t("`--batch` takes its flows from the table alone", "`--batch` のフローは表だけから読みます"),
            hint=t("leave out FLOW and `--ask`", "FLOW と `--ask` を外してください"),
        )
    if batch_only and not batch:
        raise UsageError(
            t("`--out` and `--questions` need `--batch`", "`--out` と `--questions` には `--batch` が必要です")
        )
    if ask_only and not ask:
        raise UsageError(t("`--save-flow` needs `--ask`", "`--save-flow` には `--ask` が必要です"))


def _stated(flow: Path | None, *, ask: bool) -> Flow:
    """What the file states; without a file nothing, where questions follow."""
    if flow is None and ask:
        return Flow()
    if flow is None:
        raise UsageError(
            t("`FLOW` is missing", "`FLOW` が指定されていません"),
            hint=t(
                "begin with `tegata decide --ask`, or with `tegata decide --template > flow.yaml`",
                "`tegata decide --ask` か `tegata decide --template > flow.yaml` から始めてください",
            ),
        )
    from tegata.rules import read_flow

    return read_flow(read_document(flow))
