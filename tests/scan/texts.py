"""Recall and false finds among other text, on texts that nobody of this project wrote. `make judge-text TEXTS=FILE`.

FILE is `data/synth_dataset_v2.json` of presidio-research (MIT): 1,500 texts with labelled spans. A span is met when a
proven value lies in it or holds it. A value that meets no span of any label is a false find. It is gone when its text
stands no more in what redaction leaves, where the names of the text are known from other columns of the record.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import polars as pl

from tegata.scan import Redaction, builtin_recognisers
from tegata.scan.inside import Inside
from tegata.scan.matcher import stack

Values = dict[int, list[tuple[str, str]]]
"""By number of the text: recogniser and value."""


def found(texts: list[str]) -> Values:
    values: Values = defaultdict(list)
    for one in Inside(builtin_recognisers().recognisers).find(stack({0: pl.Series(texts)})):
        for row, value in one.values.filter("valid").select("row", "value").iter_rows():
            values[row].append((one.recogniser.id, value))
    return values


def judge(samples: list[dict[str, Any]]) -> tuple[Counter[str], Counter[str], list[tuple[str, str]]]:
    """Spans by label, those that are met, and false finds."""
    values = found([sample["full_text"] for sample in samples])
    spans: Counter[str] = Counter()
    met: Counter[str] = Counter()
    wrong: list[tuple[str, str]] = []
    for row, sample in enumerate(samples):
        labelled = [(span["entity_type"], span["entity_value"]) for span in sample["spans"]]
        spans.update(label for label, _ in labelled)
        met.update(label for label, text in labelled if any(v in text or text in v for _, v in values[row]))
        wrong += [one for one in values[row] if not any(one[1] in text or text in one[1] for _, text in labelled)]
    return spans, met, wrong


def gone(samples: list[dict[str, Any]]) -> Counter[str]:
    """Spans by label of which redaction leaves nothing as it stood."""
    names = [[s["entity_value"] for s in sample["spans"] if s["entity_type"] == "PERSON"] for sample in samples]
    most = max(map(len, names))
    known = {f"name {place}": [(own + [None] * most)[place] for own in names] for place in range(most)}
    records = pl.DataFrame(known, schema=dict.fromkeys(known, pl.String))
    left = Redaction((), records.columns)(pl.Series([sample["full_text"] for sample in samples]), records)
    return Counter(
        span["entity_type"]
        for sample, text in zip(samples, left, strict=True)
        for span in sample["spans"]
        if span["entity_value"] not in text
    )


def main() -> int:
    samples = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    spans, met, wrong = judge(samples)
    left_out = gone(samples)
    for label, n in spans.most_common():
        print(f"{label:20}{n:5}  met {met[label] / n:4.0%}  gone {left_out[label] / n:4.0%}")
    print(f"{len(samples)} texts, {len(wrong)} false finds: {wrong[:20]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
