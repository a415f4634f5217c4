"""`tegata protect`: do to the bytes what the decision or the plan says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

from tegata.cli.command import Command, answers, option
from tegata.cli.copying import Copier, copier
from tegata.cli.decided import decision_to_carry_out, refuse_other_data
from tegata.cli.files import STDIN, read_document, table_destination
from tegata.cli.location import Location
from tegata.cli.own_recognisers import recognisers_in_use, recognisers_option
from tegata.cli.packs import PackChoice, packs_option
from tegata.cli.protect_set import (
    own_plans_for,
    ready_plans_for,
    refuse_beside_several,
    set_destination,
    tell_plans,
    write_set,
)
from tegata.cli.scan import profile_of
from tegata.cli.terminal import Terminal
from tegata.cli.vault.choice import VaultChoice, vault_option
from tegata.model.base import t
from tegata.model.catalog import FOR_RECIPIENT
from tegata.model.decision import Decision
from tegata.model.errors import UsageError
from tegata.model.plan import ProtectionPlan, Release
from tegata.model.profile import Profile
from tegata.protect.means import Admitted
from tegata.protect.others import Others
from tegata.protect.ready import ready_plans

if TYPE_CHECKING:
    from tegata.scan import RecogniserSet
    from tegata.tables import Collection, Part, Source

ABOUT = t(
    "Write a protected copy of PATH. With `--decision` (from `tegata check --save`) the file is scanned again: only "
    "the very bytes that were decided on are released. With `--plan` the steps of your own plan are carried out, or "
    "those of a ready one. Of a data set (folder, zip, workbook, database, bucket) every table is protected, all under "
    "one key.",
    "PATH の保護済みコピーを作る。`--decision`（`tegata check --save` の出力）では再度調べ、"
    "判定した内容と同一の場合だけ出力する。"
    "`--plan` では自分で書いた計画か、既製の計画の処理を行う。"
    "フォルダ、zip、ブック、データベースなどのデータ集合は表ごとに保護し、仮名の鍵は全表で共通とする。",
)
READY: Final = ready_plans()
FROM_READY: Final = t(
    "in a plan of your own write a step `keep` for the column", "自作の計画では列に処理 `keep` を書いてください"
)


class PlanChoice(click.Path):
    """A file, or the name of a ready plan: shells are offered both."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        ready = [CompletionItem(name) for name in READY if name.startswith(incomplete)]
        return [*ready, *super().shell_complete(ctx, param, incomplete)]


@click.command("protect", cls=Command, about=ABOUT)
@click.argument("path", type=Location())
@option(
    "--out",
    type=click.Path(path_type=Path),
    about=t(
        "the copy: .csv, .parquet or .jsonl; of several tables a new folder or a .zip",
        "出力先（.csv、.parquet、.jsonl）。複数の表なら新しいフォルダか .zip",
    ),
)
@option("--decision", type=click.Path(path_type=Path), about=t("the decision to carry out", "実行する判定"))
@option(
    "--plan",
    type=PlanChoice(path_type=Path),
    about=t(
        f"a plan of your own (YAML or JSON), or a ready one: {', '.join(READY)}",
        f"自作の計画（YAML または JSON）、または既製の計画: {', '.join(READY)}",
    ),
)
@option(
    "--keep",
    multiple=True,
    metavar="COLUMN",
    about=t(
        "with a ready plan that lets no unknown column out: this one leaves as it is, as sensitive",
        "不明な列を出さない既製の計画で、この列は機微なものとしてそのまま出す",
    ),
)
@option(
    "--key",
    type=click.Path(path_type=Path),
    about=t(
        "file with the 32 secret bytes of the pseudonyms, made when absent; without it the key is random and forgotten",
        "仮名化の秘密鍵 32 バイトのファイル（なければ作成）。省略時は使い捨ての鍵を使う",
    ),
)
@vault_option
@option(
    "--dry-run",
    is_flag=True,
    about=t("show what would be done and why, write nothing", "計画と根拠だけを示し、何も書かない"),
)
@option(
    "--against",
    type=click.Path(path_type=Path),
    multiple=True,
    about=t("a public table of people: how far the copy can be linked with it", "突合の危険を測る公開の表"),
)
@option(
    "--earlier",
    type=click.Path(path_type=Path),
    multiple=True,
    about=t(
        "an earlier release of the same data: what the two tell together", "併せて知られることを測る以前の提供データ"
    ),
)
@option("--force", is_flag=True, about=t("overwrite the copy", "出力先を上書きする"))
@packs_option
@recognisers_option
@answers
@click.pass_obj
def command(
    terminal: Terminal,
    path: Path | str,
    out: Path | None,
    decision: Path | None,
    plan: Path | None,
    keep: tuple[str, ...],
    key: Path | None,
    vault: VaultChoice,
    dry_run: bool,
    against: tuple[Path, ...],
    earlier: tuple[Path, ...],
    force: bool,
    packs: PackChoice,
    recognisers: tuple[Path, ...],
) -> int:
    if (decision is None) == (plan is None):
        raise UsageError(
            t("give either `--decision` or `--plan`", "`--decision` か `--plan` のどちらか一方を指定してください")
        )
    if keep and not (plan and _is_ready(plan)):
        raise UsageError(t("`--keep` goes with a ready plan", "`--keep` は既製の計画と共に用います"), hint=FROM_READY)
    from tegata.tables import open_collection

    found = open_collection(path)
    if not dry_run:
        single = found.single
        out = table_destination(out, Path(path), force=force) if single else set_destination(out, found, force=force)
    known, asked = recognisers_in_use(recognisers), _Asked(decision, plan, keep, packs)
    if not found.single:
        refuse_beside_several(against, earlier)
        plans, whole = _planned_set(terminal, found, asked, known)
        if dry_run or out is None:
            return tell_plans(terminal, plans, whole)
        with copier(terminal, key, vault, known, plans.values()) as copies:
            return _tell_release(terminal, _protected_set(found, asked, plans, whole, out, copies), out)
    source, steps, profile = _planned(terminal, found, asked, known)
    if dry_run or out is None:
        return _tell_plan(terminal, steps, profile)
    with copier(terminal, key, vault, known, [steps]) as copies:
        release = copies.make(source, steps, out, profile, _others(against, earlier))
    return _tell_release(terminal, release, out)


@dataclass(frozen=True)
class _Asked:
    """What is to be carried out: a decision, or a plan, which may be a ready one."""

    decision: Path | None
    plan: Path | None
    keep: tuple[str, ...]
    packs: PackChoice

    @property
    def ready(self) -> str:
        """Name of the ready plan, "" where it is none."""
        return self.plan.name if self.plan and _is_ready(self.plan) else ""

    def decided(self) -> Decision:
        return decision_to_carry_out(self.decision or Path(), self.packs)


def _planned(
    terminal: Terminal, found: Collection, asked: _Asked, known: RecogniserSet
) -> tuple[Source, ProtectionPlan, Profile | None]:
    """The source, what is to be done to it and, when that came from a scan, the profile that it was made from."""
    from tegata.protect import plan_by, plan_for, read_plan, ready_plan

    (part,) = found.parts
    if asked.ready:
        chosen, source = ready_plan(asked.ready), part.open()
        profile = profile_of(found, terminal, known)
        return source, plan_by(chosen, profile, asked.keep), profile
    if asked.plan:
        steps = read_plan(read_document(asked.plan))
        return part.open(), steps, None
    made, source = asked.decided(), part.open()
    _tell_of_envelope(terminal, made)
    profile = profile_of(found, terminal, known)
    refuse_other_data(made, profile, found.path)
    return source, plan_for(made.conditions, profile), profile


def _planned_set(
    terminal: Terminal, found: Collection, asked: _Asked, known: RecogniserSet
) -> tuple[Mapping[str, ProtectionPlan], Profile]:
    """The plan of each table, and the profile of all."""
    from tegata.protect import plans_for, read_set_plan, ready_plan

    if asked.ready:
        chosen = ready_plan(asked.ready)
        profile = profile_of(found, terminal, known)
        return ready_plans_for(chosen, profile, asked.keep), profile
    if asked.plan:
        own = read_set_plan(read_document(asked.plan))
        profile = profile_of(found, terminal, known)
        return own_plans_for(own, profile), profile
    made = asked.decided()
    _tell_of_envelope(terminal, made)
    profile = profile_of(found, terminal, known)
    refuse_other_data(made, profile, found.path)
    return plans_for(made.conditions, profile), profile


def _protected_set(
    found: Collection, asked: _Asked, plans: Mapping[str, ProtectionPlan], profile: Profile, out: Path, copies: Copier
) -> Release:
    subjects = set[bytes]()

    def make(part: Part, table: Profile, plan: ProtectionPlan, file: Path) -> Release:
        # A plan that somebody wrote is not made from the profile, so the second look takes nothing for granted.
        seen = None if asked.plan and not asked.ready else table
        return copies.make(part.open(), plan, file, seen, admitted=Admitted(subjects, table.name))

    return write_set(found, profile, plans, out, make)


def _is_ready(plan: Path) -> bool:
    """A bare name that is no file, and does not look like one."""
    return plan.parent == Path() and not plan.suffix and plan != STDIN and not plan.exists()


def _tell_of_envelope(terminal: Terminal, decision: Decision) -> None:
    """What the decision asks of the copy as a whole is done to the file, when it is known for whom."""
    if any(condition.verb == FOR_RECIPIENT for condition in decision.conditions):
        terminal.note(
            t(
                "the decision also asks to encrypt the copy for its recipient: `tegata encrypt COPY --for CERT`",
                "判定は受領者宛ての暗号化も求めています: `tegata encrypt COPY --for CERT`",
            )
        )


def _others(against: tuple[Path, ...], earlier: tuple[Path, ...]) -> Others:
    from tegata.tables import open_source

    return Others(tuple(map(open_source, against)), tuple(map(open_source, earlier)))


def _tell_plan(terminal: Terminal, plan: ProtectionPlan, profile: Profile | None) -> int:
    if terminal.as_json:
        terminal.document(plan)
    else:
        from tegata.cli.render import plan as render

        render.show_plan(terminal.paper(), plan, profile)
    return 0


def _tell_release(terminal: Terminal, release: Release, out: Path) -> int:
    if terminal.as_json:
        terminal.document(release)
    else:
        from tegata.cli.render import plan as render

        render.show_release(terminal.paper(), release, str(out))
    return 0
