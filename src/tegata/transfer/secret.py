"""Access tokens of releases."""

from __future__ import annotations

import hashlib


def token_hash(token: str) -> str:
    """What is kept of an access token: enough to recognise it, not enough to use it."""
    return hashlib.sha256(token.encode()).hexdigest()
