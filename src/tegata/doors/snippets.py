"""What to copy: the few lines with which each tool opens the data."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from tegata.doors.delta import DELTA_PATH
from tegata.doors.link import link_for
from tegata.doors.names import table_name
from tegata.model.base import Language, Noun, Text, t
from tegata.transfer.access import AccessKey
from tegata.wire import delta_sharing


class Snippet(Noun, frozen=True, kw_only=True):
    """Lines for one tool. `code` holds secrets: whoever has it can read the data."""

    tool: str
    door: str
    language: Literal["python", "sql", "shell", "json", "text"]
    say: Text
    code: str


def snippets(key: AccessKey, base: str, title: Text, language: Language) -> tuple[Snippet, ...]:
    """For a release under its title; `base` is the address of the doors."""
    return _links(key, base, title.say(language), key.expires) + _delta(key, base, title)


def _delta(key: AccessKey, base: str, title: Text) -> tuple[Snippet, ...]:
    name = table_name(key, title)
    profile = delta_sharing.profile(base + DELTA_PATH, key.token, key.expires).decode()
    return (
        Snippet(
            tool="profile",
            door="delta",
            language="json",
            say=t(
                "a Delta Sharing profile: keep it as `agreed.share`",
                "Delta Sharing のプロファイル。`agreed.share` に保存する",
            ),
            code=profile,
        ),
        Snippet(
            tool="delta-sharing",
            door="delta",
            language="python",
            say=t("with a client of Delta Sharing", "Delta Sharing のクライアントで読む"),
            code="import delta_sharing\n\n"
            f'table = delta_sharing.load_as_pandas("agreed.share#{name.share}.{name.schema}.{name.table}")',
        ),
    )


def _links(key: AccessKey, base: str, title: str, expires: dt.datetime) -> tuple[Snippet, ...]:
    csv, parquet, excel = (link_for(key, base, form, title, expires) for form in ("csv", "parquet", "excel"))
    return (
        Snippet(
            tool="pandas",
            door="link",
            language="python",
            say=t("a table in pandas", "pandas の表として読む"),
            code=f'import pandas as pd\n\ntable = pd.read_csv("{csv}")',
        ),
        Snippet(
            tool="polars",
            door="link",
            language="python",
            say=t("a table in Polars, with types", "Polars の型付きの表として読む"),
            code=f'import polars as pl\n\ntable = pl.read_parquet("{parquet}")',
        ),
        Snippet(
            tool="DuckDB",
            door="link",
            language="sql",
            say=t("a query in DuckDB", "DuckDB で問い合わせる"),
            code=f"INSTALL httpfs; LOAD httpfs;\nSELECT * FROM read_parquet('{parquet}') LIMIT 10;",
        ),
        Snippet(
            tool="Excel",
            door="link",
            language="text",
            say=t(
                "open this address in a browser, or in Excel under Data, From Web",
                "ブラウザで開くか、Excel の「データ」→「Web から」に貼り付ける",
            ),
            code=excel,
        ),
    )
