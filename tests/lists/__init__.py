"""Trusted lists of others, kept up to date."""
