"""`make judges-doors`: tools that others wrote open an agreed data set by the lines that the node shows for them.

Two nodes run; each snippet in Python is run as it is shown, in an environment of its own (`--python`) in which the tool
is installed, and then what it read is looked at. Clients for which no lines are shown are tried besides.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.doors.conftest import CITIES, Opening, opened
from tests.nodes import live_node, make_node
from tests.services.conftest import OPEN, PROVIDER, recipient

SEEN = """
print(len(table), sorted(table.columns)[:2], int(table["people"].sum()))
"""
WANTED = "3 ['code', 'note'] 4792487"
ENDINGS = {
    "pandas": SEEN,
    "polars": SEEN,
    "delta-sharing": SEEN,
    "polars-s3": SEEN,
    "pyiceberg": SEEN,
    "boto3": "\nimport pandas as pd\ntable = pd.read_parquet(f'data.parquet')" + SEEN,
}
"""What is run after a snippet."""

OTHERS = {
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
    "mcp": """
import asyncio, httpx2, pandas as pd
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
async def speak(mode):
    async with httpx2.AsyncClient(headers={{"Authorization": "Bearer {key}.{secret}"}}) as http:
        async with Client(streamable_http_client("{endpoint}/doors/mcp", http_client=http), mode=mode) as client:
            assert len((await client.list_tools()).tools) == 6
            terms = await client.call_tool("explain_terms", {{"language": "ja"}})
            assert terms.structured_content["agreed"]
            found = (await client.call_tool("query_agreed", {{"limit": 3}})).structured_content
            wrong = await client.call_tool("query_agreed", {{"columns": ["x"]}})
            assert wrong.is_error and "columns: code" in wrong.content[0].text
    return pd.DataFrame(found["rows"], columns=[column["name"] for column in found["columns"]])
for mode in ("legacy", "2026-07-28", "auto"):
    table = asyncio.run(speak(mode))
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


async def ran(python: str, folder: Path, code: str) -> str:
    """The last line that a program prints."""
    command = [python, "-c", code]
    done = await asyncio.to_thread(subprocess.run, command, cwd=folder, capture_output=True, text=True, timeout=300)
    return (done.stdout.strip() or done.stderr.strip() or "(nothing)").splitlines()[-1]


def programs(cities: Opening) -> dict[str, str]:
    """Tools and what each is to run."""
    doors, endpoint = cities.doors, cities.provider.config.url
    said = {"bucket": f"tegata-{cities.transfer[9:]}", "key": doors["key"], "secret": doors["secret"]}
    said |= {"endpoint": endpoint, "host": endpoint.partition("://")[2]}
    shown = {one["tool"]: one["code"] + ENDINGS[one["tool"]] for one in doors["snippets"] if one["tool"] in ENDINGS}
    return shown | {name: code.format(**said) + SEEN for name, code in OTHERS.items()}


async def judge(python: str, folder: Path) -> int:
    make_node(folder / "provider", "Example Provider", PROVIDER)
    make_node(folder / "consumer", "Example Consumer")
    source = folder / "data.csv"
    source.write_text(CITIES, encoding="utf-8", newline="")
    failed = 0
    async with live_node(folder / "provider") as provider, live_node(folder / "consumer") as consumer:
        await provider.knows(consumer, "Example Consumer", recipient("DE"))
        await consumer.knows(provider, "Example Provider", {})
        cities = await opened(provider, consumer, source, OPEN)
        profile = next(one["code"] for one in cities.doors["snippets"] if one["tool"] == "profile")
        (folder / "agreed.share").write_text(profile)
        for tool, code in programs(cities).items():
            said = await ran(python, folder, code)
            failed += said != WANTED
            print(f"{tool:16}{'opens it' if said == WANTED else said}")
        await cities.order("suspend")
        for tool, code in programs(cities).items():
            said = await ran(python, folder, code)
            failed += said == WANTED
            print(f"{tool:16}{'STILL opens it' if said == WANTED else 'shut'} once the transfer is suspended")
        uses = (await provider.call("GET", f"/v1/transfers/{cities.transfer}"))[1]
        print(json.dumps({"state": uses["state"], "entries": await cities.kinds()}))
    return min(failed, 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="interpreter that has the tools")
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(judge(str(Path(parser.parse_args().python).absolute()), Path(folder)))


if __name__ == "__main__":
    sys.exit(main())
