"""Vaults of tokens: which token stands for which value, for the steward of a data set alone.

The columnar engine is loaded when tokens are handed out: importing this package is cheap.
"""

from tegata.vault.vault import Vault

__all__ = ["Vault"]
