"""Judges that others wrote, on everything that decides about trust: `make judges-trust`."""
