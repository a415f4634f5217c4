"""What to copy: the few lines with which each tool opens the data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from tegata.doors.behind import Behind
from tegata.doors.delta import DELTA_PATH
from tegata.doors.forms import ARCHIVE, FILE
from tegata.doors.iceberg import ICEBERG_PATH
from tegata.doors.link import link_for
from tegata.doors.mcp import MCP_PATH
from tegata.doors.names import bucket_of, table_name
from tegata.doors.tokens import OAUTH_PATH
from tegata.model.base import Noun, Text, pretty, t
from tegata.transfer.contents import Told
from tegata.wire import delta_sharing

MOST_TABLES: Final = 20
"""For so many tables lines are shown; all have the same form."""

_TAKEN: Final = frozenset(
    {"pd", "pl", "store", "catalog", "dbapi", "base", "cursor", "boto3", "delta_sharing", "options"}
)
"""Names that the lines themselves need."""


_LOOK, _VIEW = "SELECT * FROM {} LIMIT 10;", 'CREATE VIEW "{}" AS SELECT * FROM {};'


class Snippet(Noun, frozen=True, kw_only=True):
    """Lines for one tool. `code` holds secrets: whoever has it can read the data."""

    tool: str
    door: str
    language: Literal["python", "sql", "shell", "json", "text"]
    say: Text
    code: str


class _Lines(NamedTuple):
    """Writes lines for each table."""

    behind: Behind

    @property
    def tables(self) -> list[Told]:
        return self.behind.tables[:MOST_TABLES]

    def link(self, form: str, content: str = "") -> str:
        key = self.behind.key
        return link_for(key, self.behind.base, self.behind.linked(form, content), key.expires)

    def each(self, line: Callable[[str, Told], str]) -> str:
        """A line for each table, with the name under which it is kept."""
        return "\n".join(line(self._kept(one), one) for one in self.tables)

    def views(self, source: Callable[[Told], str]) -> str:
        """For DuckDB: a look at the only table, or all of them under their names."""
        if not self.behind.is_several:
            return _LOOK.format(f"read_parquet('{source(self.tables[0])}')")
        views = (_VIEW.format(one.name, f"read_parquet('{source(one)}')") for one in self.tables)
        return "\n".join([*views, _LOOK.format(f'"{self.tables[0].name}"')])

    def _kept(self, told: Told) -> str:
        if not self.behind.is_several:
            return "table"
        return f"{told.name}_" if told.name in _TAKEN else told.name


def snippets(behind: Behind) -> tuple[Snippet, ...]:
    """For a release under its title."""
    of_tables = (_links, _delta, _s3, _iceberg, _flight) if behind.tables else ()
    makers = (*of_tables, _files, _agents)
    return tuple(one for make in makers for one in make(_Lines(behind)))


def _links(lines: _Lines) -> tuple[Snippet, ...]:
    csv = lines.each(lambda name, one: f'{name} = pd.read_csv("{lines.link("csv", one.name)}")')
    parquet = lines.each(lambda name, one: f'{name} = pl.read_parquet("{lines.link("parquet", one.name)}")')
    return (
        Snippet(
            tool="pandas",
            door="link",
            language="python",
            say=t("a table in pandas", "pandas の表として読む"),
            code=f"import pandas as pd\n\n{csv}",
        ),
        Snippet(
            tool="polars",
            door="link",
            language="python",
            say=t("a table in Polars, with types", "Polars の型付きの表として読む"),
            code=f"import polars as pl\n\n{parquet}",
        ),
        Snippet(
            tool="DuckDB",
            door="link",
            language="sql",
            say=t("a query in DuckDB", "DuckDB で問い合わせる"),
            code=f"INSTALL httpfs; LOAD httpfs;\n{lines.views(lambda one: lines.link('parquet', one.name))}",
        ),
        Snippet(
            tool="Excel",
            door="link",
            language="text",
            say=t(
                "open this address in a browser, or in Excel under Data, From Web",
                "ブラウザで開くか、Excel の「データ」→「Web から」に貼り付ける",
            ),
            code=lines.link("excel"),
        ),
    )


def _delta(lines: _Lines) -> tuple[Snippet, ...]:
    key, base = lines.behind.key, lines.behind.base

    def line(name: str, one: Told) -> str:
        where = ".".join(table_name(key, one.name))
        return f'{name} = delta_sharing.load_as_pandas("agreed.share#{where}")'

    return (
        Snippet(
            tool="profile",
            door="delta",
            language="json",
            say=t(
                "a Delta Sharing profile: keep it as `agreed.share`",
                "Delta Sharing のプロファイル。`agreed.share` に保存する",
            ),
            code=delta_sharing.profile(base + DELTA_PATH, key.token, key.expires).decode(),
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
            code=f"import delta_sharing\n\n{lines.each(line)}",
        ),
    )


def _s3(lines: _Lines) -> tuple[Snippet, ...]:
    behind, key, endpoint, place = lines.behind, lines.behind.key, lines.behind.endpoint, lines.behind.place
    bucket = bucket_of(key.transfer)
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
            + lines.each(lambda _, one: f'store.download_file("{bucket}", "{one.name}.parquet", "{one.name}.parquet")'),
        ),
        Snippet(
            tool="polars-s3",
            door="s3",
            language="python",
            say=t("only the rows and columns that you need", "必要な行と列だけを Polars で読む"),
            code="import polars as pl\n\n"
            f'options = {{"aws_endpoint_url": "{endpoint}", "aws_region": "us-east-1", "aws_allow_http": "true",\n'
            f'    "aws_access_key_id": "{key.id}",\n    "aws_secret_access_key": "{key.secret}"}}\n'
            + lines.each(
                lambda name, one: (
                    f'{name} = pl.scan_parquet("{place}/{one.name}.parquet", storage_options=options).collect()'
                )
            ),
        ),
        Snippet(
            tool="aws",
            door="s3",
            language="shell",
            say=t("a file by the AWS command line", "AWS コマンドラインでファイルを取得する"),
            code=lines.each(lambda _, one: _copying(behind, f"{one.name}.csv", f"{one.name}.csv")),
        ),
        Snippet(
            tool="DuckDB-s3",
            door="s3",
            language="sql",
            say=t("a query over the object store", "オブジェクトストアに DuckDB で問い合わせる"),
            code="INSTALL httpfs; LOAD httpfs;\n"
            f"CREATE SECRET (TYPE s3, KEY_ID '{key.id}', SECRET '{key.secret}', REGION 'us-east-1',\n"
            f"    ENDPOINT '{endpoint.partition('://')[2]}', URL_STYLE 'path', "
            f"USE_SSL {str(endpoint.startswith('https')).lower()});\n"
            + lines.views(lambda one: f"{place}/{one.name}.parquet"),
        ),
    )


def _copying(behind: Behind, source: str, out: str) -> str:
    key = behind.key
    known = f"AWS_ACCESS_KEY_ID={key.id} AWS_SECRET_ACCESS_KEY={key.secret} AWS_DEFAULT_REGION=us-east-1"
    return f"{known} \\\n    aws s3 cp {behind.place}/{source} {out} --endpoint-url {behind.endpoint}"


def _iceberg(lines: _Lines) -> tuple[Snippet, ...]:
    key, base = lines.behind.key, lines.behind.base

    def called(one: Told) -> str:
        return ".".join(table_name(key, one.name)[1:])

    return (
        Snippet(
            tool="pyiceberg",
            door="iceberg",
            language="python",
            say=t("as a table of Iceberg", "Iceberg のテーブルとして読む"),
            code="from pyiceberg.catalog import load_catalog\n\n"
            f'catalog = load_catalog("tegata", type="rest", uri="{base}{ICEBERG_PATH}",\n'
            f'    token="{key.token}")\n'
            + lines.each(lambda name, one: f'{name} = catalog.load_table("{called(one)}").scan().to_pandas()'),
        ),
        Snippet(
            tool="DuckDB-iceberg",
            door="iceberg",
            language="sql",
            say=t("attached to DuckDB as a catalogue", "カタログとして DuckDB に接続する"),
            code="INSTALL iceberg; LOAD iceberg; INSTALL httpfs; LOAD httpfs;\n"
            f"ATTACH 'tegata' AS agreed (TYPE iceberg, ENDPOINT '{base}{ICEBERG_PATH}', TOKEN '{key.token}');\n"
            + lines.each(lambda _, one: _LOOK.format(f"agreed.{called(one)}")),
        ),
    )


def _flight(lines: _Lines) -> tuple[Snippet, ...]:
    key, flight = lines.behind.key, lines.behind.flight
    if not flight:
        return ()
    asked = lines.each(
        lambda name, one: (
            f'    cursor.execute("SELECT * FROM {one.name}")\n    {name} = cursor.fetch_arrow_table().to_pandas()'  # noqa: S608 - the table is a word of small letters
        )
    )
    return (
        Snippet(
            tool="ADBC",
            door="flight",
            language="python",
            say=t("a query over Flight SQL, in Arrow batches", "Flight SQL で問い合わせ、Arrow で受け取る"),
            code="from adbc_driver_flightsql import dbapi\n\n"
            f'with dbapi.connect("{flight}", db_kwargs={{"username": "{key.id}",\n'
            f'        "password": "{key.secret}"}}) as base, base.cursor() as cursor:\n{asked}',
        ),
    )


def _files(lines: _Lines) -> tuple[Snippet, ...]:
    """What is no table, and all of it in one archive."""
    behind, files = lines.behind, lines.behind.files[:MOST_TABLES]
    links = [(f"{one.name}.{one.file}", lines.link(FILE.name, one.name)) for one in files]
    if behind.is_several:
        links.append(("release.zip", lines.link(ARCHIVE.name)))
    if not links:
        return ()
    return (
        Snippet(
            tool="curl",
            door="link",
            language="shell",
            say=t("files as they are, and all of it in one archive", "ファイルそのまま、および全体のアーカイブ")
            if behind.is_several
            else t("the file as it is", "ファイルそのまま"),
            code="\n".join(f"curl --fail --output {name} '{url}'" for name, url in links),
        ),
        *_files_by_s3(lines),
    )


def _files_by_s3(lines: _Lines) -> tuple[Snippet, ...]:
    if not lines.behind.files:
        return ()
    return (
        Snippet(
            tool="aws-files",
            door="s3",
            language="shell",
            say=t("all that is no table, by the AWS command line", "表以外のファイルを AWS コマンドラインで取得する"),
            code=f"{_copying(lines.behind, 'files/', 'files')} --recursive",
        ),
    )


def _agents(lines: _Lines) -> tuple[Snippet, ...]:
    token, url = lines.behind.key.token, lines.behind.base + MCP_PATH
    server = {"type": "http", "url": url, "headers": {"Authorization": f"Bearer {token}"}}
    return (
        Snippet(
            tool="MCP",
            door="mcp",
            language="json",
            say=t("for an agent, in the settings of its MCP client", "エージェント用。MCP クライアントの設定に書く"),
            code=pretty({"mcpServers": {"tegata": server}}).decode(),
        ),
    )
