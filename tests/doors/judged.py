"""What `make judges-doors` runs: each snippet as a node shows it, and what else its tool can do.

After each of them `table` is what was read, and the last line tells of it. Of a data set of several tables `cities` is
the one that is told of, beside `people` and a picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from tegata.doors.snippets import Snippet

SEEN: Final = """
print(len(table), sorted(table.columns)[:2], int(table["people"].sum()))
"""
WANTED: Final = "3 ['code', 'note'] 4792487"

AGREED: Final = "agreed.share"
"""Where a profile is kept, as its snippet says."""


class Program(NamedTuple):
    """A program in Python, and in which environment it runs; what a shell is to do before it, and files it finds."""

    code: str
    environment: str = "doors"
    shell: str = ""
    files: Mapping[str, str] = {}


def _sql(code: str) -> Program:
    """In DuckDB, whose extensions are taken from packages: there is no network for `INSTALL` to fetch them by."""
    return Program(_DUCKDB.format(code=code) + SEEN)


_DUCKDB: Final = """
import duckdb, duckdb_extensions as local
for name in ("httpfs", "avro", "iceberg"):
    local.import_extension(name)
lines = {code!r}.splitlines()
duckdb.sql(chr(10).join(line for line in lines if not line.startswith("SELECT")))
found = [duckdb.sql(line).df() for line in lines if line.startswith("SELECT")]
(table,) = [one for one in found if "note" in one.columns]
"""


def _python(code: str, ending: str = "") -> Program:
    return Program(code + ending + SEEN)


_SEVERAL: Final = """
assert len(people) == 2 and list(people.columns) == ["code", "people"]
table = cities
"""
_BOOK: Final = """
import io, subprocess, urllib.request
import openpyxl, pandas as pd
with open("agreed.xlsx", "wb") as file:
    file.write(urllib.request.urlopen({url!r}).read())
rows = list(openpyxl.load_workbook("agreed.xlsx").active.values)
table = pd.DataFrame(rows[1:], columns=rows[0])
assert list(table["code"]) == ["010006", "131016", "271004"], "codes keep their zeros"
assert table["note"][2] == "'=1+1", "no cell is a formula"
"""
_OFFICE: Final = """
as_csv = "csv:Text - txt - csv (StarCalc):44,34,76"  # comma, quotation mark, UTF-8
subprocess.run(["soffice", "--headless", "--convert-to", as_csv, "agreed.xlsx"], check=True, capture_output=True)
table = pd.read_csv("agreed.csv", dtype={"code": str})
assert list(table["code"]) == ["010006", "131016", "271004"]
"""
_AGENT: Final = """
import asyncio, json, httpx2, pandas as pd
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
server = json.loads({code!r})["mcpServers"]["tegata"]
async def speak(mode):
    async with httpx2.AsyncClient(headers=server["headers"]) as http:
        async with Client(streamable_http_client(server["url"], http_client=http), mode=mode) as client:
            assert len((await client.list_tools()).tools) == 6
            terms = await client.call_tool("explain_terms", {{"language": "ja"}})
            assert terms.structured_content["agreed"]
            found = (await client.call_tool("query_agreed", {{"limit": 3, "table": "{table}"}})).structured_content
            wrong = await client.call_tool("query_agreed", {{"columns": ["x"], "table": "{table}"}})
            assert wrong.is_error and "columns: code" in wrong.content[0].text
    return pd.DataFrame(found["rows"], columns=[column["name"] for column in found["columns"]])
for mode in ("legacy", "2026-07-28", "auto"):
    table = asyncio.run(speak(mode))
"""
_PROFILE: Final = """
import delta_sharing
found = {{one.name: one for one in delta_sharing.SharingClient("agreed.share").list_all_tables()}}
assert sorted(found) == {names!r}
one = found[{names!r}[0]]
table = delta_sharing.load_as_pandas(f"agreed.share#{{one.share}}.{{one.schema}}.{{one.name}}")
"""
_FILES: Final = """
import io, zipfile, pandas as pd
archive = zipfile.ZipFile("release.zip")
assert archive.read("写真/地図.png") == open("part_3.png", "rb").read()
table = pd.read_csv(io.BytesIO(archive.read("cities.csv")))
"""
_PICTURE: Final = f"""
import os
assert os.path.getsize("files/写真/地図.png") == 50008
print({WANTED!r})
"""


def shown(snippet: Snippet, profile: str, office: bool, names: Sequence[str] = ("data",)) -> dict[str, Program]:
    """The programs that run a snippet for tables of these names. None may be without: a tool that nobody tried is not
    shown to people."""
    code, tool, first = snippet.code, snippet.tool, names[0]
    match tool, snippet.language:
        case "Excel", _:
            book = _BOOK.format(url=code)
            return {"openpyxl": _python(book)} | ({"LibreOffice": _python(book, _OFFICE)} if office else {})
        case "MCP", _:
            return {tool: _python(_AGENT.format(code=code, table="" if first == "data" else first))}
        case "aws", _:
            return {tool: Program(f"import pandas as pd\ntable = pd.read_csv('{first}.csv')" + SEEN, shell=code)}
        case "curl", _:
            return {tool: Program(_FILES + SEEN, shell=code)}
        case "aws-files", _:
            return {tool: Program(_PICTURE, shell=code)}
        case "boto3", _:
            return {tool: _python(code, f"\nimport pandas as pd\ntable = pd.read_parquet('{first}.parquet')")}
        case _, "json":
            return {tool: _python(_PROFILE.format(names=sorted(names)))._replace(files={AGREED: code})}
        case _, "sql":
            return {tool: _sql(code)}
        case _, "python":
            return {tool: _python(code, _SEVERAL if len(names) > 1 else "")._replace(files={AGREED: profile})}
    raise AssertionError(f"nobody tries the lines for {tool}")


_OTHERS: Final = {
    "s3fs": """
import pandas as pd
table = pd.read_parquet("s3://{bucket}/data.parquet", storage_options={{"key": "{key}", "secret": "{secret}",
    "client_kwargs": {{"endpoint_url": "{endpoint}", "region_name": "us-east-1"}},
    "config_kwargs": {{"s3": {{"addressing_style": "path"}}}}}})
""",
    "pyarrow": """
from pyarrow import fs, parquet
store = fs.S3FileSystem(access_key="{key}", secret_key="{secret}", endpoint_override="{host}", scheme="http",
    region="us-east-1")
assert sorted(info.base_name for info in store.get_file_info(fs.FileSelector("{bucket}"))) == [
    "data.csv", "data.parquet", "metadata", "passport.jws"]
table = parquet.read_table("{bucket}/data.parquet", filesystem=store, columns=["code", "note", "people"]).to_pandas()
""",
    "obstore": """
import io, obstore, pandas as pd
from obstore.store import S3Store
store = S3Store("{bucket}", endpoint="{endpoint}", access_key_id="{key}", secret_access_key="{secret}",
    region="us-east-1", client_options={{"allow_http": True}})
assert [one["path"] for one in obstore.list(store).collect()][:2] == ["data.csv", "data.parquet"]
table = pd.read_parquet(io.BytesIO(obstore.get(store, "data.parquet").bytes().to_bytes()))
""",
    "presigned": """
import boto3, io, pandas as pd, urllib.request
from botocore.config import Config
store = boto3.client("s3", endpoint_url="{endpoint}", region_name="us-east-1", aws_access_key_id="{key}",
    aws_secret_access_key="{secret}", config=Config(signature_version="s3v4", s3={{"addressing_style": "path"}}))
url = store.generate_presigned_url("get_object", Params={{"Bucket": "{bucket}", "Key": "data.csv"}}, ExpiresIn=60)
table = pd.read_csv(io.BytesIO(urllib.request.urlopen(url).read()))
""",
    "iceberg filter": """
from pyiceberg.catalog import load_catalog
catalog = load_catalog("tegata", type="rest", uri="{endpoint}/doors/iceberg", token="{key}.{secret}")
((schema,),) = catalog.list_namespaces()
(name,) = catalog.list_tables(schema)
assert catalog.table_exists(name) and not catalog.table_exists((schema, "other"))
table = catalog.load_table(name)
assert table.scan(row_filter="people > 1000000", selected_fields=("code",)).to_arrow().num_rows == 2
table = table.scan().to_pandas()
""",
    "iceberg OAuth": """
from pyiceberg.catalog import load_catalog
catalog = load_catalog("tegata", type="rest", uri="{endpoint}/doors/iceberg", credential="{key}:{secret}",
    **{{"oauth2-server-uri": "{endpoint}/doors/token"}})
((schema,),) = catalog.list_namespaces()
table = catalog.load_table(catalog.list_tables(schema)[0]).scan().to_pandas()
""",
    "MCP OAuth": """
import asyncio, httpx2, pandas as pd
from mcp import Client
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider
from mcp.client.streamable_http import streamable_http_client
class Kept:
    tokens = client = None
    async def get_tokens(self): return self.tokens
    async def set_tokens(self, tokens): self.tokens = tokens
    async def get_client_info(self): return self.client
    async def set_client_info(self, client): self.client = client
async def speak():
    kept, url = Kept(), "{endpoint}/doors/mcp"
    login = ClientCredentialsOAuthProvider(url, kept, "{key}", "{secret}", issuer="{endpoint}")
    async with httpx2.AsyncClient(auth=login) as http:
        async with Client(streamable_http_client(url, http_client=http)) as client:
            found = (await client.call_tool("query_agreed", {{"limit": 3}})).structured_content
    assert kept.tokens.access_token != "{key}.{secret}" and kept.tokens.expires_in <= 3600
    return pd.DataFrame(found["rows"], columns=[column["name"] for column in found["columns"]])
table = asyncio.run(speak())
""",
    "Flight SQL": """
from adbc_driver_flightsql import dbapi, DatabaseOptions
names = {{DatabaseOptions.AUTHORIZATION_HEADER.value: "Bearer {key}.{secret}"}}
with dbapi.connect("{flight}", db_kwargs=names) as base, base.cursor() as cursor:
    (catalog,) = base.adbc_get_objects(depth="all").read_all().to_pylist()
    (schema,) = catalog["catalog_db_schemas"]
    (one,) = schema["db_schema_tables"]
    assert (catalog["catalog_name"], one["table_name"]) == ("tegata", "data")
    assert [column["column_name"] for column in one["table_columns"]][:2] == ["code", "市"]
    cursor.execute("SELECT count(*), sum(people) FROM tegata." + schema["db_schema_name"] + ".data WHERE open = true")
    assert cursor.fetchone() == (2, 4725807)
    for wrong in ("DROP TABLE data", "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM data; SELECT 1",
                  "SELECT * FROM other", "UPDATE data SET people = 0"):
        try:
            cursor.execute(wrong)
        except dbapi.Error as error:
            assert "query does not read" in str(error) or "no such table" in str(error), error
        else:
            raise AssertionError(wrong)
    cursor.execute("SELECT * FROM data")
    table = cursor.fetch_arrow_table().to_pandas()
""",
    "delta limit": """
import delta_sharing
client = delta_sharing.SharingClient("agreed.share")
(one,) = client.list_all_tables()
name = f"agreed.share#{{one.share}}.{{one.schema}}.{{one.name}}"
assert len(delta_sharing.load_as_pandas(name, limit=2)) == 2
assert delta_sharing.get_table_version(name) == 0
assert delta_sharing.get_table_protocol(name).min_reader_version == 1
table = delta_sharing.load_as_pandas(name)
""",
}


_VERSIONS: Final = """
import delta_sharing
names = {{one.name: one for one in delta_sharing.SharingClient("agreed.share").list_all_tables()}}
one = names["data"]
name = f"agreed.share#{{one.share}}.{{one.schema}}.{{one.name}}"
assert delta_sharing.get_table_version(name) == 1
assert delta_sharing.get_table_version(name, starting_timestamp="{first}") == 1
table = delta_sharing.load_as_pandas(name, version=0)
newest = delta_sharing.load_as_pandas(name)
assert (len(newest), int(newest["people"].sum())) == (3, 4725815)
assert int(delta_sharing.load_as_pandas(name, timestamp="{first}")["people"].sum()) == 4792487
since = delta_sharing.load_table_changes_as_pandas(name, starting_timestamp="{first}")
assert sorted(since["_change_type"]) == ["delete", "insert"]
for more in (dict(starting_version=0), dict(starting_version=0, ending_version=1)):
    changes = delta_sharing.load_table_changes_as_pandas(name, **more)
    assert sorted(changes["_change_type"]) == ["delete", "insert", "insert", "insert", "insert"], changes
    assert sorted(set(changes["_commit_version"])) == [0, 1] and changes["_commit_timestamp"].notna().all()
    assert list(changes.columns[-3:]) == ["_change_type", "_commit_version", "_commit_timestamp"]
"""


_SNAPSHOTS: Final = """
from pyiceberg.catalog import load_catalog
catalog = load_catalog("tegata", type="rest", uri="{endpoint}/doors/iceberg", token="{token}")
((schema,),) = catalog.list_namespaces()
found = catalog.load_table((schema, "data"))
first, second = found.snapshots()
assert found.current_snapshot() == second
assert int(found.scan().to_pandas()["people"].sum()) == 4725815
table = found.scan(snapshot_id=first.snapshot_id).to_pandas()
"""


def versions(first: str, profile: str, endpoint: str, token: str) -> dict[str, Program]:
    """What clients make of two versions, the first of which was there at that time."""
    return {
        "delta versions": _python(_VERSIONS.format(first=first))._replace(files={AGREED: profile}),
        "snapshots": _python(_SNAPSHOTS.format(endpoint=endpoint, token=token)),
    }


def others(said: Mapping[str, str], profile: str) -> dict[str, Program]:
    """Tools and uses for which no lines are shown."""
    found = {name: _python(code.format(**said))._replace(files={AGREED: profile}) for name, code in _OTHERS.items()}
    return found | {"s3fs": found["s3fs"]._replace(environment="s3fs")}
