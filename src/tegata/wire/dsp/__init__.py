"""The Dataspace Protocol 2025-1: messages, catalogue, policies, transition tables. Plain JSON in its compact form,
which the specification makes normative (specifications/common/common.protocol.md); JSON-LD is never expanded."""
