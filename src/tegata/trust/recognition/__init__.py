"""Mutual recognition between schemes: agreements read, and applied to a certificate with a reason for each step."""

from tegata.trust.recognition.agreement import read_agreements
from tegata.trust.recognition.verdict import Recognition, recognise

__all__ = ["Recognition", "read_agreements", "recognise"]
