"""May this data set go to this participant? Asks the rule engine with what the node knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tegata.clock import Clock
from tegata.contracts.flow import flow_for
from tegata.ledger import Ledger
from tegata.model.base import digest
from tegata.model.catalog import Dataset, Participant
from tegata.model.decision import Decision, Fact, Flow
from tegata.rules import Pack, decide, profile_facts
from tegata.store import Transaction


class Decider:
    """Decides for one node.

    Args:
        packs: the rule packs in use; the strictest answer wins.
        own: facts of this node's operator, without a party's prefix.
        ledger: what went to whom before.
    """

    def __init__(self, packs: Sequence[Pack], own: Mapping[str, Fact], ledger: Ledger, clock: Clock) -> None:
        self._packs = packs
        self._ledger = ledger
        self._own = own
        self._clock = clock

    def decide(
        self, tx: Transaction, dataset: Dataset, recipient: Participant, *, search_paths: bool = True
    ) -> Decision:
        """The decision of today. A participant without facts leaves them unknown, which is never taken for a yes.

        `search_paths`: also look for the path to yes. An offer needs none, a refusal does.
        """
        now = self._clock.now()
        flow = self._flow(dataset, recipient)
        before = self._ledger.before(tx, dataset, recipient, flow.facts, now)
        flow = Flow(facts={**flow.facts, **before})  # the ledger has what the publisher states of these in it
        return decide(
            flow,
            self._packs,
            today=now.date(),
            profile_digest=digest(dataset.profile),
            search_paths=search_paths,
        )

    def holds(self, tx: Transaction, decision: Decision, dataset: Dataset, recipient: Participant) -> bool:
        """Whether nothing else has gone, or is going, to the recipient or its group since the decision."""
        facts = self._flow(dataset, recipient).facts
        before = self._ledger.before(tx, dataset, recipient, facts, self._clock.now())
        return all(decision.facts.get(name) == fact for name, fact in before.items())

    def _flow(self, dataset: Dataset, recipient: Participant) -> Flow:
        """All but what went before."""
        return flow_for(dataset, self._own, recipient, profile_facts(dataset.profile))
