"""OpenSSL and poppler, where installed, agree with us but where a reason is known (`make judges-trust` asks more)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trust.judge.__main__ import unexplained
from tests.trust.judge.programs import openssl, poppler
from tests.trust.judge.programs.answer import Answer


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
    more = [Answer("new", ours=False, theirs=True)]
    told = unexplained("poppler", "PAdES", known + more)
    assert told[0] == more[0]
    assert len(told) == 1 + 7  # and each reason for what is no difference any more
