"""Who owns whom: covered status, its evidence and common control from a graph of shareholdings."""

from tegata.rules.ownership.answer import OwnershipAnswer, answer, measure_of
from tegata.rules.ownership.control import group_of, groups
from tegata.rules.ownership.flow import with_ownership
from tegata.rules.ownership.graph import Entity, Graph, Holding
from tegata.rules.ownership.reading import Ownership, read_ownership
from tegata.rules.ownership.status import Measure, Standings, standings

__all__ = [
    "Entity",
    "Graph",
    "Holding",
    "Measure",
    "Ownership",
    "OwnershipAnswer",
    "Standings",
    "answer",
    "group_of",
    "groups",
    "measure_of",
    "read_ownership",
    "standings",
    "with_ownership",
]
