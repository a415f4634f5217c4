"""Who speaks: self-signed tokens between participants, and what this node knows of its peers."""

from tegata.identity import peers
from tegata.identity.authentication import Authentication, Sender, TokenAuthentication
from tegata.identity.token import TokenClaims, issue_token, verify_token

__all__ = ["Authentication", "Sender", "TokenAuthentication", "TokenClaims", "issue_token", "peers", "verify_token"]
