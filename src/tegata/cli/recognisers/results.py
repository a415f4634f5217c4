"""What a test of recognisers finds: the document of `--json`."""

from __future__ import annotations

from tegata.model.base import Noun
from tegata.scan.trial import Trial


class RecogniserTest(Noun, frozen=True, kw_only=True):
    """`untried`: recognisers whose patterns or proof no example tries."""

    trials: tuple[Trial, ...]
    untried: tuple[str, ...] = ()
