"""`python -m tegata.cli` is `tegata`."""

from tegata.cli.main import main

main()
