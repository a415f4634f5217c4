"""What every test may use."""

from __future__ import annotations

import pytest

from tests.shared_data import USED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if USED:
        terminalreporter.write_line("test data used: " + ", ".join(sorted(USED)))
