import sys

from tests.rules.record import main

main(sys.argv[1:])
