"""DataProfiler as it is out of the box, which looks at a sample: `python dataprofiler_sample.py FOLDER TABLE...`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import dataprofiler
import pandas


def main(folder: str, *tables: str) -> None:
    dataprofiler.set_verbosity(40)
    found = {}
    for table in tables:
        profile = dataprofiler.Profiler(pandas.read_csv(Path(folder) / table, dtype=str, keep_default_na=False))
        columns = profile.report(report_options={"output_format": "serializable"})["data_stats"]
        found[table] = {one["column_name"]: one["data_label"] for one in columns}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
