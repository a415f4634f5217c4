"""A time-stamping authority (RFC 3161): a checked clock, serial numbers used once, and a journal of all tokens."""

from tegata.tsa.folder import AuthoritySettings, add_key, current_key, make_folder, read_settings
from tegata.tsa.journal import Journal, JournalReport, check_journal
from tegata.tsa.service import TimeStampService

__all__ = [
    "AuthoritySettings",
    "Journal",
    "JournalReport",
    "TimeStampService",
    "add_key",
    "check_journal",
    "current_key",
    "make_folder",
    "read_settings",
]
