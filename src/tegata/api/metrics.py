"""What a monitoring system reads: how the log stands, in the text format of Prometheus (0.0.4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from tegata.api.processes import Answer, Row
from tegata.clock import Clock
from tegata.evidence.lag import Lag
from tegata.store import Store, Transaction

METRICS_PATH: Final = "/metrics"
_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_LAGS: Final[dict[str, tuple[str, Callable[[Lag, dt.datetime], float | None]]]] = {
    "tegata_log_lag_entries": ("entries that it has not reached", lambda one, _: one.entries - one.reached),
    "tegata_log_lag_checkpoints": ("signed checkpoints beyond what it has reached", lambda one, _: one.checkpoints),
    "tegata_log_lag_seconds": ("since when the first of these entries waits", lambda one, now: _seconds(one, now)),
    "tegata_log_late": ("1 where an entry has waited longer than it may", lambda one, _: one.state == "late"),
    "tegata_log_attempts_in_vain": ("failures since the last success", lambda one, _: one.attempts),
}


def metrics_table(
    store: Store, clock: Clock, lags: Callable[[Transaction], list[Lag]], waiting: Callable[[Transaction], int]
) -> tuple[Row, ...]:
    """Methods, paths and handlers.

    Args:
        waiting: how many releases wait for their witnesses.
    """

    async def metrics(_: Request) -> Answer:
        found, releases = await store.read(lambda tx: (lags(tx), waiting(tx)))
        return 200, Response(write_metrics(found, releases, clock.now()), media_type=_TYPE)

    return (("GET", METRICS_PATH, metrics),)


def write_metrics(lags: Sequence[Lag], waiting: int, now: dt.datetime) -> str:
    """Each gauge with its help; a figure that is not known is left out."""
    lines = [*_gauge("tegata_log_entries", "entries of the evidence log", [("", max(one.entries for one in lags))])]
    for name, (told, figure) in _LAGS.items():
        lines += _gauge(name, told, [(_labels(one), figure(one, now)) for one in lags])
    lines += _gauge("tegata_releases_waiting_for_witnesses", "releases that do not leave yet", [("", waiting)])
    return "".join(f"{line}\n" for line in lines)


def _gauge(name: str, told: str, figures: Sequence[tuple[str, float | None]]) -> Iterator[str]:
    yield f"# HELP {name} {told}"
    yield f"# TYPE {name} gauge"
    for labels, figure in figures:
        if figure is not None:
            yield f"{name}{labels} {float(figure):.15g}"


def _seconds(one: Lag, now: dt.datetime) -> float | None:
    if one.state == "up-to-date":
        return 0
    return None if one.since is None else (now - one.since).total_seconds()


def _labels(one: Lag) -> str:
    return f'{{kind="{one.kind}",name="{_escaped(one.name)}"}}'


def _escaped(name: str) -> str:
    return name.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
