"""Every recogniser that comes with the program proves itself on its examples."""

from __future__ import annotations

import pytest

from tegata.scan import builtin_recognisers, matcher
from tegata.scan.trial import try_examples, untried
from tegata.scan.validators import VALIDATORS, Validator

KNOWN = builtin_recognisers().recognisers


def replace(monkeypatch: pytest.MonkeyPatch, name: str, validator: Validator) -> None:
    monkeypatch.setattr(matcher, "VALIDATORS", {**VALIDATORS, name: validator})


def test_all_examples_come_out_as_they_should() -> None:
    assert [trial for trial in try_examples(KNOWN) if not trial.passed] == []
    assert untried(KNOWN) == ()


@pytest.mark.parametrize("name", sorted(VALIDATORS))
def test_a_validator_that_accepts_everything_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    replace(monkeypatch, name, lambda value: value == value)
    failed = {trial.recogniser for trial in try_examples(KNOWN) if not trial.passed}
    assert failed == {one.id for one in KNOWN if one.validator == name}


@pytest.mark.parametrize("name", sorted(VALIDATORS))
def test_a_validator_that_refuses_everything_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    replace(monkeypatch, name, lambda value: value != value)
    failed = {trial.recogniser for trial in try_examples(KNOWN) if not trial.passed}
    assert failed == {one.id for one in KNOWN if one.validator == name}
