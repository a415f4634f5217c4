"""Getting data there, whole and protected: transfer processes in both roles, the release that leaves, its passport."""

from tegata.transfer.access import AccessKey, KeyRing
from tegata.transfer.acquisitions import Acquisitions
from tegata.transfer.door import Door
from tegata.transfer.intake import Intake
from tegata.transfer.transfers import Transfers

__all__ = ["AccessKey", "Acquisitions", "Door", "Intake", "KeyRing", "Transfers"]
