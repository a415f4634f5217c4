"""The small language of conditions in rule packs: total, three-valued, compiled once."""
