"""`tegata publish`: offer a file at your node."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click
import msgspec

from tegata.cli.at_node import client, conditions_asked, facts_from_file, node_option
from tegata.cli.command import Command, answers, option
from tegata.cli.location import Location
from tegata.cli.quorum import quorum
from tegata.cli.size import size
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.catalog import Dataset
from tegata.model.errors import UsageError
from tegata.protect.ready import ready_plans
from tegata.tables import STREAMS

ABOUT = t(
    "Scan PATH (a file, a folder, a database, a bucket, an address of the web, a stream) and offer it in your node's "
    "catalogue. Nothing leaves yet: whoever asks is decided on then. "
    "`--facts` is a flow file with what you state of every movement of this data (purpose, contract, consent ...), "
    "and of what is no table (pictures, PDF) what it holds.",
    "PATH（ファイル、フォルダ、データベース、バケット、Web アドレス、ストリーム）を調べ、カタログに載せる。"
    "この時点では何も出ていかず、要求ごとに判定する。"
    "`--facts` には、このデータの移転について申告する事実（目的、契約、同意など）をフローファイルで渡す。"
    "表でないもの（画像、PDF など）の内容もここで申告する。",
)


READY: Final = ready_plans()


@click.command("publish", cls=Command, about=ABOUT)
@click.argument("path", type=Location())
@option("--title", about=t("its title (default: the file's name)", "題名（既定: ファイル名）"))
@option("--title-ja", about=t("its title in Japanese", "日本語の題名"))
@option("--description", default="", about=t("what it is", "説明"))
@option("--description-ja", about=t("what it is, in Japanese", "日本語の説明"))
@option(
    "--facts", type=click.Path(path_type=Path), about=t("flow file with what you state", "申告する事実のフローファイル")
)
@option(
    "--conditions",
    type=click.Path(path_type=Path),
    about=t(
        "file with what you ask for in every agreement, beside what rules ask: a list of {verb, params}",
        "規則とは別に、すべての合意で求めることのファイル: {verb, params} の一覧",
    ),
)
@option(
    "--plan",
    metavar="NAME",
    about=t(
        f"a ready plan, clause by clause, as conditions: {', '.join(READY)}",
        f"既製の計画を条項ごとの条件とする: {', '.join(READY)}",
    ),
)
@option(
    "--keep",
    multiple=True,
    metavar="COLUMN",
    about=t("a column that a ready plan lets out all the same, as sensitive", "既製の計画でも機微なものとして出す列"),
)
@option(
    "--most-transfers",
    type=click.IntRange(min=1),
    about=t("so often for one agreement", "1 つの合意での転送回数"),
)
@option("--most-rows", type=click.IntRange(min=1), about=t("so many records", "レコード数の上限"))
@option("--most-bytes", type=size, about=t("so many bytes (64K, 1.5G)", "バイト数の上限（64K、1.5G など）"))
@option(
    "--witnesses",
    type=quorum,
    about=t(
        "who must cosign the record of a release before it leaves: `2 of: counterparty, witness-a, witness-b`",
        "提供前にその記録への連署が必要な証人: `2 of: counterparty, witness-a, witness-b`",
    ),
)
@option(
    "--witness-minutes",
    type=click.IntRange(1, 1440),
    default=10,
    about=t("so long it waits for them (10)", "証人を待つ分数（10）"),
)
@option("--rate", type=size, about=t("so many bytes a second (1M)", "毎秒バイト数の上限（1M など）"))
@option(
    "--most-questions",
    type=click.IntRange(min=1),
    about=t("so many questions of agents a day (default: 1,000)", "エージェントの問い合わせ数（1 日、既定 1,000）"),
)
@option(
    "--keep-versions",
    type=click.IntRange(min=1),
    about=t(
        "so many versions stay open behind doors (default: each for 30 days)",
        "入口で開いておく版の数（既定: 各 30 日）",
    ),
)
@node_option
@answers
@click.pass_obj
def command(
    terminal: Terminal,
    path: Path | str,
    title: str | None,
    title_ja: str | None,
    description: str,
    description_ja: str | None,
    facts: Path | None,
    conditions: Path | None,
    plan: str | None,
    keep: tuple[str, ...],
    node: Path,
    most_transfers: int | None,
    most_rows: int | None,
    most_bytes: int | None,
    witnesses: dict[str, Any] | None,
    witness_minutes: int,
    rate: int | None,
    most_questions: int | None,
    keep_versions: int | None,
) -> int:
    if keep and not plan:
        raise UsageError(t("`--keep` goes with a ready plan", "`--keep` は既製の計画と共に用います"))
    title = title or title_of(path)
    limits = {"transfers": most_transfers, "rows": most_rows, "bytes": most_bytes, "bytes_per_second": rate}
    limits |= {"questions": most_questions, "versions": keep_versions}
    request = {
        "path": path if isinstance(path, str) else str(path.resolve()),
        "title": {"en": title, "ja": title_ja or title},
        "description": {"en": description, "ja": description_ja or description},
        "facts": facts_from_file(facts) if facts else {},
        "conditions": conditions_asked(conditions, plan, keep),
        "witnesses": {**witnesses, "within_minutes": witness_minutes} if witnesses else None,
        "limits": {name: value for name, value in limits.items() if value},
    }
    terminal.note(t("the node scans it", "ノードが調べています"))
    published = client(node, terminal).post("/v1/datasets", request, timeout=None)
    if terminal.as_json:
        terminal.document(published)
    else:
        from tegata.cli.render import catalog

        catalog.show_published(terminal.paper(), msgspec.convert(published["dataset"], Dataset))
    return 0


def title_of(place: Path | str) -> str:
    """What a data set is called where nobody says it: the end of a place, or the topic of a stream. Never what an
    address asks with, which may be a secret: titles are for everybody."""
    if isinstance(place, Path):
        return place.stem
    scheme, _, rest = place.partition("?")[0].partition("://")
    if f"{scheme}://" in STREAMS:
        return rest.partition("/")[2] or rest
    return (rest or scheme).rstrip("/").rpartition("/")[2]
