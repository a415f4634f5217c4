"""What the demonstration made."""

from __future__ import annotations

from tegata.model.base import Noun
from tegata.model.decision import Outcome


class DemoResult(Noun, frozen=True, kw_only=True):
    """What `tegata demo --json` prints. Paths are `` where nothing was received."""

    outcome: Outcome
    decision: str
    data: str = ""
    passport: str = ""
    evidence: str = ""  # package for strangers
    clock: str = ""  # certificate of the authority that stamped it
    verify: str = ""  # the command that verifies the passport
    verdict: str = ""
    postal_outcome: Outcome
    postal_decision: str
    postal_data: str = ""
    refused_outcome: Outcome
    refused_decision: str
    seconds: float
