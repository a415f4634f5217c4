"""Private keys that stay in a token (PKCS #11): a smart card, a hardware module, SoftHSM. Named by URI (RFC 7512)."""

from tegata.trust.token.keys import make_key, private_key
from tegata.trust.token.uri import SCHEME, TokenUri, read_uri

__all__ = ["SCHEME", "TokenUri", "make_key", "private_key", "read_uri"]
