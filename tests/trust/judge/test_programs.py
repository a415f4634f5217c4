"""OpenSSL and poppler, where installed, agree with us but where a reason is known (`make judges-trust` asks more)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trust.judge.__main__ import agreed, unexplained
from tests.trust.judge.programs import openssl, poppler
from tests.trust.judge.programs.answer import Answer
from tests.trust.judge.programs.differences import EXPLAINED


@pytest.mark.parametrize("made", [openssl.program, poppler.program], ids=["openssl", "poppler"])
def test_no_difference_is_without_a_reason(made: object, tmp_path: Path) -> None:
    assert callable(made)
    program = made(tmp_path)
    if program.absent:
        pytest.skip(program.absent)
    for on, judge in program.judges.items():
        assert unexplained(program.name, on, list(judge(tmp_path))) == []


def test_what_is_not_explained_is_told() -> None:
    known = [Answer("whole, ed25519", ours=True, theirs=False), Answer("same", ours=True, theirs=True)]
    more = [Answer("new", ours=False, theirs=True), Answer("made up", ours=True, theirs=False)]
    assert unexplained("poppler", "PAdES", known + more) == more
    assert unexplained("another", "PAdES", known) == known[:1]
    assert agreed("poppler", "PAdES", known) == EXPLAINED["poppler", "PAdES"].keys() - {"whole, ed25519"}
