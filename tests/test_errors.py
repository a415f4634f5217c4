"""What the operating system refused is told in the reader's language."""

from __future__ import annotations

import errno
import os

import pytest

from tegata.model.base import t
from tegata.model.errors import InputError, is_full, why_of


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.ENOENT, errno.EROFS, errno.EIO])
def test_known_reasons_are_said_in_both_languages(number: int) -> None:
    said = why_of(OSError(number, os.strerror(number), "x.csv"))
    assert said.say("en") != said.say("ja")
    assert "x.csv" not in said.say("en")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ELOOP, "Too many levels"), "Too many levels"),
        (OSError("odd"), "odd"),
        (RuntimeError("a loop of links"), "a loop of links"),
    ],
)
def test_what_nobody_knows_is_told_as_it_is(error: Exception, words: str) -> None:
    assert why_of(error).say("ja") == words


@pytest.mark.parametrize(("number", "full"), [(errno.ENOSPC, True), (errno.EFBIG, True), (errno.EIO, False)])
def test_full_disk_is_known(number: int, full: bool) -> None:
    assert is_full(OSError(number, "")) is full


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            InputError(t("no table", "表なし"), why=t("it is empty", "空です"), hint="x"),
            ("no table: it is empty", "表なし: 空です"),
        ),
        (InputError("no table"), ("no table", "no table")),
    ],
)
def test_an_error_is_said_in_a_line_of_each_language(error: InputError, words: tuple[str, str]) -> None:
    assert (error.said.en, error.said.ja) == words
