"""From what is known of a data set, of ourselves and of a counter-party to the facts of one flow."""

from __future__ import annotations

from collections.abc import Mapping

from tegata.model.catalog import Dataset, Participant
from tegata.model.decision import Fact, Flow


def flow_for(
    dataset: Dataset,
    own: Mapping[str, Fact],
    recipient: Participant,
    scanned: Mapping[str, Fact],
) -> Flow:
    """Facts of the flow of `dataset` to `recipient`. What nobody stated stays unknown.

    Precedence, where two sources speak of one fact: what the publisher states of this data set, then the scan, then
    what the registers say of the parties.

    Args:
        own: facts of this node's operator, without a party's prefix.
        scanned: facts of the profile, by their full names.
    """
    parties = _prefixed("provider", own) | _prefixed("recipient", recipient.facts)
    return Flow(facts={**parties, **scanned, **dataset.facts})


def _prefixed(party: str, facts: Mapping[str, Fact]) -> dict[str, Fact]:
    return {f"{party}.{name}": fact for name, fact in facts.items()}
