"""Power cuts: what a real process wrote, synced and renamed is recorded, and every state a cut may leave is tried."""
