"""Doors: an agreed, protected data set in the tools that people have. One access key opens all of them (record 0046).

Every door proves its caller to the same `Guard`, reads the same release, and is shut by the same state of its transfer.
"""
