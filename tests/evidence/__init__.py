"""The log of a node: published, audited, rolled back, erased."""
