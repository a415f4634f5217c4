"""`tegata rules odrl`: a decision as an ODRL policy, and a policy as conditions."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from tegata.cli.command import Command, answers, option
from tegata.cli.files import read_document
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.decision import Condition, Decision
from tegata.model.errors import InputError, ProtocolError

ABOUT = t(
    "Print the decision in FILE (from `tegata check --save` or `tegata decide --json`) as an ODRL 2.2 policy in "
    "JSON-LD with terms of the Data Privacy Vocabulary. With `--read` FILE is such a policy, and the conditions it "
    "sets are printed; what is not understood is refused by name.",
    "FILE の判定（`tegata check --save` 又は `tegata decide --json` の出力）を、データプライバシー語彙（DPV）の語を"
    "用いた ODRL 2.2 ポリシー（JSON-LD）として出力する。`--read` では FILE をポリシーとして読み、"
    "それが課す条件を示す。解釈できない語があれば、それを示して拒む。",
)


@click.command("odrl", cls=Command, about=ABOUT)
@click.argument("file", type=click.Path(path_type=Path))
@option("--read", is_flag=True, about=t("FILE is a policy", "FILE はポリシーである"))
@answers
@click.pass_obj
def command(terminal: Terminal, file: Path, read: bool) -> int:
    if not read:
        from tegata.wire.odrl import decision_policy

        terminal.document(decision_policy(_decision(file)))
        return 0
    conditions = _conditions(file)
    if terminal.as_json:
        terminal.document(conditions)
        return 0
    paper = terminal.paper()
    for condition in conditions:
        paper.line("- ", condition.say, f"  ({condition.verb})", hang=2)
    return 0


def _decision(path: Path) -> Decision:
    try:
        return msgspec.json.decode(read_document(path), type=Decision)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(
            t(f"`{path}` holds no decision", f"`{path}` は判定ではありません"),
            why=str(error),
            hint=t("save one with `tegata check --save`", "`tegata check --save` で保存できます"),
        ) from None


def _conditions(path: Path) -> tuple[Condition, ...]:
    from tegata.wire.odrl import read_policy

    try:
        return read_policy(read_document(path))
    except ProtocolError as error:
        what, why, hint = error.parts("en")
        raise InputError(
            t(f"`{path}` cannot be taken as conditions", f"`{path}` を条件として読めません"),
            why=": ".join(filter(None, (what, why))),
            hint=hint,
        ) from None
