"""May this data set go to this participant? Asks the rule engine with what the node knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tegata.clock import Clock
from tegata.contracts.flow import flow_for
from tegata.model.base import digest
from tegata.model.catalog import Dataset, Participant
from tegata.model.decision import Decision, Fact
from tegata.rules import Pack, decide, profile_facts


class Decider:
    """Decides for one node.

    Args:
        packs: the rule packs in use; the strictest answer wins.
        own: facts of this node's operator, without a party's prefix.
    """

    def __init__(self, packs: Sequence[Pack], own: Mapping[str, Fact], clock: Clock) -> None:
        self._packs = packs
        self._own = own
        self._clock = clock

    def decide(self, dataset: Dataset, recipient: Participant, *, search_paths: bool = True) -> Decision:
        """The decision of today. A participant without facts leaves them unknown, which is never taken for a yes.

        `search_paths`: also look for the path to yes. An offer needs none, a refusal does.
        """
        flow = flow_for(dataset, self._own, recipient, profile_facts(dataset.profile))
        return decide(
            flow,
            self._packs,
            today=self._clock.now().date(),
            profile_digest=digest(dataset.profile),
            search_paths=search_paths,
        )
