"""The only way out: HTTPS to public addresses, and to what the settings name besides."""

from tegata.outbound.gate import Answer, Outbound, Stream
from tegata.outbound.line import Line, Lines
from tegata.outbound.network import Resolver
from tegata.outbound.policy import OutboundPolicy

__all__ = ["Answer", "Line", "Lines", "Outbound", "OutboundPolicy", "Resolver", "Stream"]
