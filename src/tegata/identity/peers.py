"""The register of peers: the participants that this node's operator knows, and what the operator asserts of them."""

from __future__ import annotations

import msgspec

from tegata.model.catalog import Participant
from tegata.store import Transaction, participants
from tegata.trust import public_key_of


def admit(tx: Transaction, participant: Participant) -> Participant:
    """Enters a participant, or replaces what was known of it, and returns it as entered.

    Its facts are marked as the register's, whatever source they named.

    Raises:
        VerificationError: its id is not a did:key.
    """
    public_key_of(participant.id)
    facts = {n: msgspec.structs.replace(fact, source="participant-register") for n, fact in participant.facts.items()}
    entered = msgspec.structs.replace(participant, facts=facts)
    participants.put(tx, entered)
    return entered


def find(tx: Transaction, did: str) -> Participant:
    """What is known of a participant. One that nobody entered has no facts: what is unknown is not guessed."""
    return participants.get(tx, did) or Participant(id=did, name=did)


def trusted(tx: Transaction) -> dict[str, str]:
    """Name by did of those whose passports the operator relies on."""
    return {participant.id: participant.name for participant in participants.all_known(tx)}
