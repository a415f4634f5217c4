"""Tegata: a pass for data. Describe, scan, decide, agree, protect, move, prove, account."""

__version__ = "0.1.0"
