"""DataProfiler on the labelled columns: `python dataprofiler_columns.py FOLDER TABLE...` in an environment of its own.

Prints {table: {column: label}} as JSON, of its own labeller over every row.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import dataprofiler
import pandas


def labels(path: Path) -> dict[str, str]:
    options = dataprofiler.ProfilerOptions()
    options.set({"*.is_enabled": False, "data_labeler.is_enabled": True, "multiprocess.is_enabled": False})
    options.set({"data_labeler.max_sample_size": 1_000_000})
    frame = pandas.read_csv(path, dtype=str, keep_default_na=False)
    profile = dataprofiler.Profiler(frame, options=options, samples_per_update=len(frame))
    columns = profile.report(report_options={"output_format": "serializable"})["data_stats"]
    return {one["column_name"]: one["data_label"] for one in columns}


def main(folder: str, *tables: str) -> None:
    dataprofiler.set_verbosity(40)
    json.dump({table: labels(Path(folder) / table) for table in tables}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
