"""What to copy: the few lines with which each tool opens the data."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from tegata.doors.delta import DELTA_PATH
from tegata.doors.iceberg import ICEBERG_PATH
from tegata.doors.link import link_for
from tegata.doors.mcp import MCP_PATH
from tegata.doors.names import DOORS_PATH, bucket_of, table_name
from tegata.doors.tokens import OAUTH_PATH
from tegata.model.base import Language, Noun, Text, pretty, t
from tegata.transfer.access import AccessKey
from tegata.wire import delta_sharing


class Snippet(Noun, frozen=True, kw_only=True):
    """Lines for one tool. `code` holds secrets: whoever has it can read the data."""

    tool: str
    door: str
    language: Literal["python", "sql", "shell", "json", "text"]
    say: Text
    code: str


def snippets(key: AccessKey, base: str, flight: str, title: Text, language: Language) -> tuple[Snippet, ...]:
    """For a release under its title. `base`: where the doors are; `flight`: that of Flight SQL, empty without one."""
    return (
        _links(key, base, title.say(language), key.expires)
        + _delta(key, base, title)
        + _s3(key, base, title)
        + _iceberg(key, base, title)
        + (_flight(key, flight, title) if flight else ())
        + _agents(key, base)
    )


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
            tool="profile-oauth",
            door="delta",
            language="json",
            say=t(
                "the same for clients that fetch a new token every hour (version 2, OAuth)",
                "1 時間ごとに新しいトークンを取得するクライアント向け（バージョン 2、OAuth）",
            ),
            code=delta_sharing.oauth_profile(base + DELTA_PATH, base + OAUTH_PATH, key.id, key.secret).decode(),
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


def _s3(key: AccessKey, base: str, title: Text) -> tuple[Snippet, ...]:
    endpoint, table = base.removesuffix(DOORS_PATH), table_name(key, title).table
    place = f"s3://{bucket_of(key)}/{table}"
    host = endpoint.partition("://")[2]
    return (
        Snippet(
            tool="boto3",
            door="s3",
            language="python",
            say=t("as an object store", "オブジェクトストアとして読む"),
            code="import boto3\nfrom botocore.config import Config\n\n"
            f'store = boto3.client("s3", endpoint_url="{endpoint}", region_name="us-east-1",\n'
            f'    aws_access_key_id="{key.id}",\n    aws_secret_access_key="{key.secret}",\n'
            '    config=Config(s3={"addressing_style": "path"}))\n'
            f'store.download_file("{bucket_of(key)}", "{table}.parquet", "{table}.parquet")',
        ),
        Snippet(
            tool="polars-s3",
            door="s3",
            language="python",
            say=t("only the rows and columns that you need", "必要な行と列だけを Polars で読む"),
            code="import polars as pl\n\n"
            f'table = pl.scan_parquet("{place}.parquet", storage_options={{\n'
            f'    "aws_endpoint_url": "{endpoint}", "aws_region": "us-east-1", "aws_allow_http": "true",\n'
            f'    "aws_access_key_id": "{key.id}",\n    "aws_secret_access_key": "{key.secret}"}}).collect()',
        ),
        Snippet(
            tool="aws",
            door="s3",
            language="shell",
            say=t("a file by the AWS command line", "AWS コマンドラインでファイルを取得する"),
            code=f"AWS_ACCESS_KEY_ID={key.id} AWS_SECRET_ACCESS_KEY={key.secret} AWS_DEFAULT_REGION=us-east-1 \\\n"
            f"    aws s3 cp {place}.csv {table}.csv --endpoint-url {endpoint}",
        ),
        Snippet(
            tool="DuckDB-s3",
            door="s3",
            language="sql",
            say=t("a query over the object store", "オブジェクトストアに DuckDB で問い合わせる"),
            code="INSTALL httpfs; LOAD httpfs;\n"
            f"CREATE SECRET (TYPE s3, KEY_ID '{key.id}', SECRET '{key.secret}', REGION 'us-east-1',\n"
            f"    ENDPOINT '{host}', URL_STYLE 'path', USE_SSL {str(endpoint.startswith('https')).lower()});\n"
            f"SELECT * FROM read_parquet('{place}.parquet') LIMIT 10;",
        ),
    )


def _iceberg(key: AccessKey, base: str, title: Text) -> tuple[Snippet, ...]:
    name = table_name(key, title)
    return (
        Snippet(
            tool="pyiceberg",
            door="iceberg",
            language="python",
            say=t("as a table of Iceberg", "Iceberg のテーブルとして読む"),
            code="from pyiceberg.catalog import load_catalog\n\n"
            f'catalog = load_catalog("tegata", type="rest", uri="{base}{ICEBERG_PATH}",\n'
            f'    token="{key.token}")\n'
            f'table = catalog.load_table("{name.schema}.{name.table}").scan().to_pandas()',
        ),
        Snippet(
            tool="DuckDB-iceberg",
            door="iceberg",
            language="sql",
            say=t("attached to DuckDB as a catalogue", "カタログとして DuckDB に接続する"),
            code="INSTALL iceberg; LOAD iceberg; INSTALL httpfs; LOAD httpfs;\n"
            f"ATTACH 'tegata' AS agreed (TYPE iceberg, ENDPOINT '{base}{ICEBERG_PATH}', TOKEN '{key.token}');\n"
            f"SELECT * FROM agreed.{name.schema}.{name.table} LIMIT 10;",
        ),
    )


def _flight(key: AccessKey, flight: str, title: Text) -> tuple[Snippet, ...]:
    return (
        Snippet(
            tool="ADBC",
            door="flight",
            language="python",
            say=t("a query over Flight SQL, in Arrow batches", "Flight SQL で問い合わせ、Arrow で受け取る"),
            code="from adbc_driver_flightsql import dbapi\n\n"  # noqa: S608 - the table is a word of small letters
            f'with dbapi.connect("{flight}", db_kwargs={{"username": "{key.id}",\n'
            f'        "password": "{key.secret}"}}) as base, base.cursor() as cursor:\n'
            f'    cursor.execute("SELECT * FROM {table_name(key, title).table}")\n'
            "    table = cursor.fetch_arrow_table().to_pandas()",
        ),
    )


def _agents(key: AccessKey, base: str) -> tuple[Snippet, ...]:
    server = {"type": "http", "url": base + MCP_PATH, "headers": {"Authorization": f"Bearer {key.token}"}}
    return (
        Snippet(
            tool="MCP",
            door="mcp",
            language="json",
            say=t("for an agent, in the settings of its MCP client", "エージェント用。MCP クライアントの設定に書く"),
            code=pretty({"mcpServers": {"tegata": server}}).decode(),
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
