"""What every test may use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from tests.postgres import MISSING, Server, binaries
from tests.shared_data import USED


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A throw-away PostgreSQL for the whole run; each use takes a schema of its own."""
    pytest.importorskip("asyncpg", reason="the extra `postgres` is not installed")
    if binaries() is None:
        pytest.skip(MISSING)
    server = Server()
    yield server
    server.remove()


@pytest.fixture(autouse=True)
def _log() -> None:
    """A program that ran inside a test has turned the log to a stream that is closed by now."""
    structlog.reset_defaults()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if USED:
        terminalreporter.write_line("test data used: " + ", ".join(sorted(USED)))
    if binaries() is None:
        terminalreporter.write_line(f"second database not tested: {MISSING}")
