"""`tegata scan`: what is in it."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.files import refuse_existing, write_document
from tegata.cli.location import Location
from tegata.cli.own_recognisers import recognisers_in_use, recognisers_option
from tegata.cli.terminal import Terminal
from tegata.cli.workers import workers_in_use, workers_option
from tegata.model.base import t
from tegata.model.profile import Profile
from tegata.tables import open_collection

if TYPE_CHECKING:
    from tegata.scan import FirstLook, RecogniserSet, Sample
    from tegata.tables import Collection

ABOUT = t(
    "Say what stands in PATH: which columns hold data about people, of which category, about how many people, and why "
    "we think so. Reads CSV, Parquet, JSON, GeoJSON, XML, VCF (packed with gzip or zstd too), Excel, SQLite, DuckDB, "
    "folders and zip archives of them, postgresql:// and adbc: databases, s3:// buckets; FILE#TABLE is one table of "
    "several. Values never appear in the answer.",
    "PATH に何が入っているかを調べる。どの列が個人に関するデータか、その分類、人数、判断の根拠を示す。"
    "CSV、Parquet、JSON、GeoJSON、XML、VCF（gzip・zstd 圧縮も可）、Excel、SQLite、DuckDB と、"
    "それらを含むフォルダや zip、"
    "postgresql:// と adbc: のデータベース、s3:// のバケットに対応。"
    "FILE#TABLE で 1 つのシートや表を指定できる。値そのものは出力しない。",
)


BROKEN_OFF: Final = 2  # exit code where a table breaks off, though what stands before that is told


def profile_of(
    found: Collection,
    terminal: Terminal,
    recognisers: RecogniserSet | None = None,
    workers: int | None = None,
    cluster: str = "",
    resume: Path | None = None,
    sample: Sample | None = None,
    *,
    torn: bool = False,
) -> Profile:
    """What is in it; what the first rows of a long table show is told at once. `torn`: of a table that breaks off, the
    profile of what stands before that is wanted, with the rest named as not read."""
    from tegata.scan import scan_collection

    def told(look: FirstLook) -> None:
        from tegata.cli.render.profile import first_look

        terminal.note(first_look(look.rows, look.categories))

    about = t(f"scanning {found.name}", f"{found.name} を調べています")
    with workers_in_use(workers, cluster, resume) as shared, terminal.progress(about) as progress:
        return scan_collection(
            found, progress=progress, recognisers=recognisers, first_look=told, workers=shared, sample=sample, torn=torn
        )


@click.command("scan", cls=Command, about=ABOUT)
@click.argument("path", type=Location())
@option("--explain", is_flag=True, about=t("every reason for every column", "列ごとの根拠をすべて示す"))
@option(
    "--report",
    type=click.Path(path_type=Path),
    about=t("also write a page for people: HTML, bilingual, printable", "印刷できる日英の HTML 報告書も作成する"),
)
@option("--force", is_flag=True, about=t("overwrite the report", "報告書を上書きする"))
@option(
    "--sample",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="SHARE",
    about=t(
        "look at this share of the rows only, chosen at random (0.01: one in a hundred); says what that leaves open",
        "無作為に選んだこの割合の行だけを調べる（0.01 は 100 行に 1 行）。何が不確かになるかを示す",
    ),
)
@recognisers_option
@workers_option
@answers
@click.pass_obj
def command(
    terminal: Terminal,
    path: Path | str,
    explain: bool,
    report: Path | None,
    force: bool,
    recognisers: tuple[Path, ...],
    workers: int | None,
    on: str,
    resume: Path | None,
    sample: float | None,
) -> int:
    if report:
        refuse_existing(report, force=force)
    known = recognisers_in_use(recognisers)  # first: a slip in a small file should not cost a long scan
    found = open_collection(path)
    profile = profile_of(found, terminal, known, workers, on, resume, _sample(sample), torn=True)
    if report:
        _write_report(report, profile, found.name, known)
    if terminal.as_json:
        terminal.document(profile)
    else:
        from tegata.cli.render import profile as render

        render.show(terminal.paper(), profile, found.name, explain=explain)
    if report:
        terminal.note(t(f"report written to {report}", f"報告書を {report} に作成しました"))
    return BROKEN_OFF if profile.torn else 0


def _sample(share: float | None) -> Sample | None:
    """Whoever writes a table must not know which rows will be looked at."""
    from tegata.scan import Sample

    return Sample(share, secrets.randbits(64)) if share else None


def _write_report(out: Path, profile: Profile, name: str, recognisers: RecogniserSet) -> None:
    from tegata.cli.render.report import page
    from tegata.clock import SystemClock

    write_document(out, page(profile, name, recognisers, SystemClock().now()).encode())
