"""Wire forms: bytes of foreign protocols to nouns and back. Strict, pure, no I/O; the only readers of foreign JSON."""
