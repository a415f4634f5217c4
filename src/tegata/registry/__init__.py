"""The accreditation registry of a node: its acts are entries of the evidence log, and there is no other copy."""

from tegata.registry.acts import SUBJECT, record_act, recorded_acts
from tegata.registry.lists import draft, publish

__all__ = ["SUBJECT", "draft", "publish", "record_act", "recorded_acts"]
