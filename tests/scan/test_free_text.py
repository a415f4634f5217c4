"""Sentences that people write: whoever they are about is found only where the text says so, so the column is named."""

from __future__ import annotations

import polars as pl
import pytest

from tests.scan.making import look

ENGLISH = [
    "She asked whether the second dose could be given on Friday.",
    "Called back at noon, nobody answered the door.",
    "The neighbour says that he moved to his sister in spring.",
    "Was late again because of the bus, wants another slot.",
]
JAPANESE = [
    "受付で転倒されたため、念のため経過を観察した。",
    "母親と一緒に来院し、次回の予約を取られた",
    "隣の方によると、春に引っ越されたとのことです。",
    "書類を忘れたので、明日もう一度来られる予定です",
]
PLACES = ["12 rue de la Paix", "Central Park", "東京都千代田区霞が関1-2-3", "Gate of the Rising Sun"]
LABELS = ["in progress", "waiting for parts", "完了", "対応中"]


def kind(header: str, cells: list[str]) -> str | None:
    column = look(pl.DataFrame({"id": [str(n) for n in range(len(cells))], header: cells})).columns[1]
    assert column.category == "ordinary"
    return column.recogniser


@pytest.mark.parametrize("cells", [ENGLISH, JAPANESE])
@pytest.mark.parametrize("header", ["notes", "備考", "x7"])
def test_sentences_are_free_text_under_any_header(header: str, cells: list[str]) -> None:
    assert kind(header, cells) == "text.free"


@pytest.mark.parametrize("cells", [PLACES, LABELS])
@pytest.mark.parametrize("header", ["x7", "state"])
def test_places_and_labels_are_not(header: str, cells: list[str]) -> None:
    assert kind(header, cells) != "text.free"


def test_what_stands_in_free_text_is_still_found() -> None:
    """A kind that any text has explains nothing of what else a cell holds."""
    cells = [f"{text} Write to person{n}@example.org please." for n, text in enumerate(ENGLISH)]
    column = look(pl.DataFrame({"notes": cells})).columns[0]
    assert [find.category for find in column.finds] == ["identifier.contact"]
