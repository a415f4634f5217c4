"""What happened, provable to a stranger: entries in the Merkle log, written in the transaction of what they record."""

from tegata.evidence.audit import LogReport, check_evidence, recorded
from tegata.evidence.folder import TileFolder
from tegata.evidence.log import EvidenceLog, reader
from tegata.evidence.published import PublishedLog
from tegata.evidence.publisher import Publisher

__all__ = [
    "EvidenceLog",
    "LogReport",
    "PublishedLog",
    "Publisher",
    "TileFolder",
    "check_evidence",
    "reader",
    "recorded",
]
