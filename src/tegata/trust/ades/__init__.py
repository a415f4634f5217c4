"""Advanced electronic signatures (ETSI): made, read, and judged in the terms of EN 319 102-1."""
