"""Decisions as ODRL 2.2 policies with terms of the Data Privacy Vocabulary, and policies as conditions."""

from tegata.wire.odrl.reading import read_policy
from tegata.wire.odrl.writing import decision_policy

__all__ = ["decision_policy", "read_policy"]
