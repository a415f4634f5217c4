"""What happened, provable to a stranger: entries in the Merkle log, written in the transaction of what they record."""

from tegata.evidence.audit import LogReport, check_evidence, recorded
from tegata.evidence.log import EvidenceLog

__all__ = ["EvidenceLog", "LogReport", "check_evidence", "recorded"]
