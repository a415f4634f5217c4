"""The command line: one module per command, one renderer per noun."""
