"""`tegata decide`: may it go, on stated facts alone."""

from __future__ import annotations

from pathlib import Path

import click

from tegata.cli.command import Command, F, answers, option
from tegata.cli.files import read_document
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.decision import Decision, Flow
from tegata.model.errors import UsageError

ABOUT = t(
    "Decide on the facts that FLOW states (YAML or JSON; `-` reads stdin). A fact may be left out: where it matters "
    "the answer asks for it. `--template` prints a flow file with every fact and its question.",
    "FLOW（YAML または JSON、`-` は標準入力）に書かれた事実で判定する。事実は省略でき、結果を左右するものだけを尋ねる。"
    "`--template` はすべての事実と質問を載せたひな形を出力する。",
)


def decision_on(flow: Flow, *, profile_digest: str = "") -> Decision:
    """The decision of all built-in packs, today."""
    from tegata.clock import SystemClock
    from tegata.rules import builtin_packs, decide

    return decide(flow, builtin_packs(), today=SystemClock().now().date(), profile_digest=profile_digest)


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
@explain_option
@answers
@click.pass_obj
def command(terminal: Terminal, flow: Path | None, template: bool, explain: bool) -> int:
    from tegata.rules import flow_template, read_flow

    if template:
        click.echo(flow_template(), nl=False)
        return 0
    if flow is None:
        raise UsageError(
            t("`FLOW` is missing", "`FLOW` が指定されていません"),
            hint=t(
                "begin with `tegata decide --template > flow.yaml`",
                "`tegata decide --template > flow.yaml` から始めてください",
            ),
        )
    return tell(terminal, decision_on(read_flow(read_document(flow))), explain=explain)
