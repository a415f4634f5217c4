"""Who went to whom: people counted over the transfers of this node, so that no limit of a law can be split around."""

from tegata.ledger.control import CommonControl, ControlReport, control_from, report
from tegata.ledger.ledger import Ledger, Told

__all__ = ["CommonControl", "ControlReport", "Ledger", "Told", "control_from", "report"]
