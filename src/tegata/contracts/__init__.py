"""Who owes what to whom: negotiations in both roles, the decisions behind them, and the agreements they come to."""

from tegata.contracts.callback import check_callback
from tegata.contracts.contracts import Contracts
from tegata.contracts.decider import Decider
from tegata.contracts.facts import stated
from tegata.contracts.reasons import reasons_of
from tegata.contracts.terms import Asked, agreement_digest

__all__ = ["Asked", "Contracts", "Decider", "agreement_digest", "check_callback", "reasons_of", "stated"]
