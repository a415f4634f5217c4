"""The pictures of the documents are those that the code draws now."""

from __future__ import annotations

import pytest
from tools import make_pictures


@pytest.mark.parametrize("name", ["doors.svg", "doors-show.en.svg", "doors-show.ja.svg"])
def test_pictures_are_as_the_code_draws_them(name: str) -> None:
    kept = (make_pictures.FOLDER / name).read_text(encoding="utf-8")
    assert kept == make_pictures.pictures()[name], "run `make documents`"


def test_there_are_no_others() -> None:
    assert {path.name for path in make_pictures.FOLDER.iterdir()} == set(make_pictures.pictures())
