"""Figures of the README: each script measures ours against a named peer or limit in one run. `make bench`."""
