"""Trusted lists of others, kept up to date: fetched over the gate, verified, used without a network."""

from tegata.lists.folder import ListFolder, Tag
from tegata.lists.update import Gate, Told, Update, update

__all__ = ["Gate", "ListFolder", "Tag", "Told", "Update", "update"]
