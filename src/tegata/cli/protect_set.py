"""`tegata protect` of a data set: each table by a plan of its own, all under one key, into one archive or folder."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tegata import durable
from tegata.cli.files import refuse_existing, unwritable
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import InputError, UsageError
from tegata.model.plan import DataSetPlan, ProtectionPlan, Release
from tegata.model.profile import Profile
from tegata.tables.collection import listed

if TYPE_CHECKING:
    from tegata.protect.ready import ReadyPlan
    from tegata.tables import Collection
    from tegata.transfer.packing import Make

ARCHIVE: Final = ".zip"


def set_destination(out: Path | None, found: Collection, *, force: bool) -> Path:
    """Where the copy of a data set may be written: a new folder, or an archive. Else UsageError."""
    if out is None:
        raise UsageError(t("`--out` is missing", "`--out` が指定されていません"))
    if out.suffix.lower() not in ("", ARCHIVE):
        raise UsageError(
            t(f"`{out}` cannot hold a data set of several tables", f"`{out}` に複数の表は入りません"),
            hint=t(
                "name a new folder or a .zip, or protect one table by itself",
                "新しいフォルダか .zip を指定するか、表を 1 つずつ保護してください",
            ),
        )
    if isinstance(found.path, Path) and out.resolve().is_relative_to(found.path.resolve()):
        raise UsageError(t("`--out` lies in the data set itself", "`--out` が元のデータ集合の中にあります"))
    refuse_existing(out, force=force and out.suffix.lower() == ARCHIVE)
    return out


def refuse_beside_several(against: tuple[Path, ...], earlier: tuple[Path, ...]) -> None:
    if against or earlier:
        raise UsageError(
            t("`--against` and `--earlier` go with one table", "`--against` と `--earlier` は 1 つの表に用います"),
            hint=t("protect one table by itself", "表を 1 つずつ保護してください"),
        )


def ready_plans_for(chosen: ReadyPlan, profile: Profile, keep: tuple[str, ...]) -> dict[str, ProtectionPlan]:
    """The plan of every table by a ready one. InputError: no table has a column of `keep`, or as of `plan_by`."""
    from tegata.protect import plan_by

    names = {table.name: {column.name for column in table.columns} for table in profile.tables}
    for name in keep:
        if not any(name in columns for columns in names.values()):
            raise InputError(t(f"no table has a column `{name}`", f"列 `{name}` のある表がありません"))
    return {
        table.name: plan_by(chosen, table, [name for name in keep if name in names[table.name]])
        for table in profile.tables
    }


def own_plans_for(own: DataSetPlan, profile: Profile) -> dict[str, ProtectionPlan]:
    """The plan of every table by one of one's own. InputError: it is not about exactly the tables that can be read,
    counts people in some of them only, or k-anonymity would not hold."""
    from tegata.protect.dataset import refuse_joined

    names = {table.name for table in profile.tables}
    if strange := sorted(names.symmetric_difference(own.tables)):
        differing = listed(strange)
        raise InputError(
            t("the plan is about other tables", "計画の表とデータ集合の表が一致しません"),
            why=t(f"only in one of both: {differing.en}", f"一方にしかない表: {differing.ja}"),
            hint=t(
                "`--dry-run --json` with a decision or a ready plan writes one", "`--dry-run --json` で雛形を作れます"
            ),
        )
    refuse_joined(own.tables)
    caps = {own.tables[table.name].cap_subjects for table in profile.tables if table.subjects}
    counted = [name for name, plan in own.tables.items() if plan.statistics is not None]
    if len(caps) > 1 or counted:
        raise InputError(
            t(
                "the plan limits or counts people of single tables",
                "一部の表の人数だけを制限または集計する計画です",
            ),
            why=t("they stand in other tables too", "同じ人がほかの表にもいます"),
            hint=t(
                "give all tables of people the same `cap_subjects`; protect a table by itself for statistics",
                "人の表すべてに同じ `cap_subjects` を指定するか、統計はその表だけを保護してください",
            ),
        )
    return dict(own.tables)


def write_set(
    found: Collection, profile: Profile, plans: Mapping[str, ProtectionPlan], out: Path, make: Make
) -> Release:
    """All tables protected, in an archive or a folder that appears whole or not at all.

    Raises:
        VerificationError, ExposureError, InputError, StoreError: as of `transfer.packing.packed`.
    """
    from tegata.tables.unpack import unpack
    from tegata.transfer.packing import packed

    try:
        staged = Path(tempfile.mkdtemp(prefix=".tegata-", dir=out.parent))
    except OSError as error:
        raise unwritable(out, error) from error
    archive = staged / "data.zip"
    try:
        release = packed(found, profile, plans, archive, make)
        if out.suffix.lower() == ARCHIVE:
            archive.replace(out)
            durable.sync(out.parent)
        else:
            unpack(archive, out)
    except OSError as error:
        raise unwritable(out, error) from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return release


def tell_plans(terminal: Terminal, plans: Mapping[str, ProtectionPlan], profile: Profile) -> int:
    if terminal.as_json:
        terminal.document(DataSetPlan(tables=dict(plans)))
        return 0
    from tegata.cli.render import plan as render

    paper, known = terminal.paper(), {table.name: table for table in profile.tables}
    for name, plan in plans.items():
        paper.heading(name)
        render.show_plan(paper, plan, known[name])
        paper.gap()
    if withheld := [*(name for name in known if name not in plans), *(one.name for one in profile.unread)]:
        stay = listed(withheld)
        paper.line(t(f"does not leave: {stay.en}", f"出さないもの: {stay.ja}"), style="yellow")
    return 0
