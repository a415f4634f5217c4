"""Who is under common control with a participant, as far as the register says."""

from __future__ import annotations

import unicodedata

from tegata.model.catalog import Participant
from tegata.store import Transaction, participants


def members(tx: Transaction, participant: Participant) -> list[str]:
    """Ids of the participant and of all that the register has in the same group."""
    group = _plain(participant.group)
    if not group:
        return [participant.id]
    same = {known.id for known in participants.all_known(tx) if _plain(known.group) == group}
    return sorted(same | {participant.id})


def _plain(group: str) -> str:
    """A name however it is written: width, case and spaces do not make another group."""
    return " ".join(unicodedata.normalize("NFKC", group).casefold().split())
