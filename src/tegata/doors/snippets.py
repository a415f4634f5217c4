"""What to copy: the few lines with which each tool opens the data."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from tegata.doors.link import link_for
from tegata.model.base import Noun, Text, t
from tegata.transfer.access import AccessKey


class Snippet(Noun, frozen=True, kw_only=True):
    """Lines for one tool. `code` holds secrets: whoever has it can read the data."""

    tool: str
    door: str
    language: Literal["python", "sql", "shell", "json", "text"]
    say: Text
    code: str


def snippets(key: AccessKey, base: str, title: str, expires: dt.datetime) -> tuple[Snippet, ...]:
    """For a release under its title; `base` is the address of the doors."""
    return _links(key, base, title, expires)


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
