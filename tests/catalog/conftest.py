"""Nodes, as the tests of services have them."""

from tests.services.conftest import consumer, provider

__all__ = ["consumer", "provider"]
