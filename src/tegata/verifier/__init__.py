"""The verifier for strangers: one file that needs Python and `cryptography`, and nothing else of ours.

`make verifier` packs it with the modules of the core that verify, as they stand; of those that sign it has none.
"""
