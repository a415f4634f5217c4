"""`tegata protect`: do to the bytes what the decision or the plan says."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

from tegata.cli.command import Command, answers, option
from tegata.cli.files import STDIN, TABLE_FORMATS, read_document, table_destination
from tegata.cli.own_recognisers import recognisers_in_use, recognisers_option
from tegata.cli.packs import PackChoice, packs_in_use, packs_option
from tegata.cli.replay import read_decision
from tegata.cli.scan import profile_of
from tegata.cli.terminal import Terminal
from tegata.model.base import digest, t
from tegata.model.decision import Decision, Outcome
from tegata.model.errors import InputError, OutcomeError, UsageError, VerificationError
from tegata.model.plan import Keyed, ProtectionPlan, Release
from tegata.model.profile import Profile
from tegata.protect.others import Others
from tegata.protect.ready import ready_plans

if TYPE_CHECKING:
    from tegata.scan import RecogniserSet
    from tegata.tables import Source

ABOUT = t(
    "Write a protected copy of PATH. With `--decision` (from `tegata check --save`) the file is scanned again: only "
    "the very bytes that were decided on are released. With `--plan` the steps of your own plan are carried out, or "
    "those of a ready one.",
    "PATH の保護済みコピーを作る。`--decision`（`tegata check --save` の出力）では再度調べ、"
    "判定した内容と同一の場合だけ出力する。"
    "`--plan` では自分で書いた計画か、既製の計画の処理を行う。",
)
READY: Final = ready_plans()
FROM_READY: Final = t(
    "in a plan of your own write a step `keep` for the column", "自作の計画では列に処理 `keep` を書いてください"
)
KEY_BYTES: Final = 32
FORGOTTEN: Final = t(
    "a random key was used and is now forgotten: nobody can make the same pseudonyms again (`--key` keeps one)",
    "使い捨ての鍵を用いました。同じ仮名は再現できません（`--key` で鍵を保存できます）",
)
GO: Final = (Outcome.ALLOW, Outcome.ALLOW_WITH_CONDITIONS)


class PlanChoice(click.Path):
    """A file, or the name of a ready plan: shells are offered both."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        ready = [CompletionItem(name) for name in READY if name.startswith(incomplete)]
        return [*ready, *super().shell_complete(ctx, param, incomplete)]


@click.command("protect", cls=Command, about=ABOUT)
@click.argument("path", type=click.Path(path_type=Path))
@option(
    "--out",
    type=click.Path(path_type=Path),
    about=t("the copy: .csv, .parquet or .jsonl", "出力先（.csv、.parquet、.jsonl）"),
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
    path: Path,
    out: Path | None,
    decision: Path | None,
    plan: Path | None,
    keep: tuple[str, ...],
    key: Path | None,
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
    if not dry_run:
        out = table_destination(out, path, force=force)
    known = recognisers_in_use(recognisers)
    source, steps, profile = _planned(terminal, path, decision, plan, keep, packs, known)
    if dry_run or out is None:
        return _tell_plan(terminal, steps, profile)
    others = _others(against, earlier)
    release = _release(terminal, source, steps, out, _secret(key, terminal), profile, known, others)
    if key is None and any(isinstance(step, Keyed) for step in steps.steps):
        terminal.note(FORGOTTEN)
    return _tell_release(terminal, release, out)


def _planned(
    terminal: Terminal,
    path: Path,
    decision: Path | None,
    plan: Path | None,
    keep: tuple[str, ...],
    packs: PackChoice,
    known: RecogniserSet,
) -> tuple[Source, ProtectionPlan, Profile | None]:
    """The source, what is to be done to it and, when that came from a scan, the profile that it was made from."""
    from tegata.protect import plan_by, plan_for, read_plan, ready_plan
    from tegata.tables import open_source

    if plan and _is_ready(plan):
        chosen, source = ready_plan(plan.name), open_source(path)
        _, profile = profile_of(path, terminal, known)
        return source, plan_by(chosen, profile, keep), profile
    if keep:
        raise UsageError(t("`--keep` goes with a ready plan", "`--keep` は既製の計画と共に用います"), hint=FROM_READY)
    if plan:
        steps = read_plan(read_document(plan))
        return open_source(path), steps, None
    made = read_decision(decision or Path())
    _refuse_unless_it_may_go(made)
    _refuse_unless_it_follows(made, packs)
    source = open_source(path)
    _, profile = profile_of(path, terminal, known)
    _refuse_other_data(made, profile, path)
    return source, plan_for(made.conditions, profile), profile


def _is_ready(plan: Path) -> bool:
    """A bare name that is no file, and does not look like one."""
    return plan.parent == Path() and not plan.suffix and plan != STDIN and not plan.exists()


def _refuse_unless_it_may_go(decision: Decision) -> None:
    if decision.outcome in GO:
        return
    from tegata.cli.render.words import OUTCOMES

    words = OUTCOMES[decision.outcome]
    raise OutcomeError(
        t(f"the decision does not let the data go: {words.en}", f"この判定ではデータを出せません: {words.ja}"),
        exit_code=decision.outcome.exit_code,
        why=_reason(decision),
        hint=t(
            "`tegata check` shows what is missing and what would make it a yes",
            "不足する事実と改善策は `tegata check` が示します",
        ),
    )


def _refuse_unless_it_follows(decision: Decision, packs: PackChoice) -> None:
    """Promise 4: a decision is believed because all packs in use come to it again, not because a file says so."""
    from tegata.rules.replay import replay

    used = packs_in_use(packs)
    replay(decision, used)
    if silent := [pack.id for pack in used if pack.id not in decision.pack_digests]:
        names = ", ".join(f"`{name}`" for name in silent)
        raise VerificationError(
            t(f"the decision was made without {names}", f"この判定には {names} が用いられていません"),
            hint=t(
                "decide again with `tegata check`; name the same `--packs` in both",
                "`tegata check` で判定し直してください。`--packs` は両方に同じものを指定します",
            ),
        )


def _reason(decision: Decision) -> str:
    """Rules that stand in the way, or the questions that are open."""
    rules = [
        f"{hit.rule} ({'; '.join(c.ref for c in hit.citations)})"
        for pack in decision.per_pack
        for hit in pack.rules
        if hit.outcome is decision.outcome
    ]
    return ", ".join(rules or [fact.name for fact in decision.missing])


def _refuse_other_data(decision: Decision, profile: Profile, path: Path) -> None:
    """Promise 2: what was scanned is what leaves."""
    if decision.profile_digest == digest(profile):
        return
    why = (
        t("the file or the recognisers have changed since", "その後、ファイルまたは認識器が変わりました")
        if decision.profile_digest
        else t("it was made on stated facts alone", "申告された事実だけに基づく判定です")
    )
    raise VerificationError(
        t(f"the decision is not about this `{path}`", f"この判定は現在の `{path}` についてのものではありません"),
        why=why,
        hint=t(
            "decide again with `tegata check`; name the same `--recognisers` in both",
            "`tegata check` で判定し直してください。`--recognisers` は両方に同じものを指定します",
        ),
    )


def _secret(key: Path | None, terminal: Terminal) -> bytes:
    """The key of the pseudonyms: from its file, from a new file, or used once and forgotten."""
    if key is None:
        return secrets.token_bytes(KEY_BYTES)
    from tegata.trust.keyfile import read_secret, write_secret

    if not key.exists():
        write_secret(key, secrets.token_bytes(KEY_BYTES))
        terminal.note(t(f"new key made: {key} (keep it secret)", f"新しい鍵を作りました: {key}（秘密にしてください）"))
    data = read_secret(key)
    if len(data) != KEY_BYTES:
        raise InputError(
            t(f"`{key}` is not a key", f"`{key}` は鍵ではありません"),
            why=t(
                f"a key has {KEY_BYTES} bytes, not {len(data):,}",
                f"鍵は {KEY_BYTES} バイトですが {len(data):,} バイトあります",
            ),
            hint=t("name a new file and one is made", "新しいファイル名を指定すると作成します"),
        )
    return data


def _release(
    terminal: Terminal,
    source: Source,
    plan: ProtectionPlan,
    out: Path,
    key: bytes,
    profile: Profile | None,
    known: RecogniserSet,
    others: Others,
) -> Release:
    """The protected copy; only of the bytes that were decided on, when there was a decision."""
    from tegata.protect import apply_plan
    from tegata.scan import SecondLook

    said = t(f"protecting {source.path.name}", f"{source.path.name} を保護しています")
    with terminal.progress(said) as progress, SecondLook(source.columns, plan, profile, known, salt=key) as look:
        return apply_plan(
            source,
            plan,
            out,
            key=key,
            out_format=TABLE_FORMATS[out.suffix.lower()],
            progress=progress,
            expect_digest=profile.source_digest if profile else None,
            gate=look,
            others=others,
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
