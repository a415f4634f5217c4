"""Where Python begins: `python tegata-verify.pyz`, `python -m tegata.verifier`."""

import sys

from tegata.verifier.command import main

sys.exit(main())
