"""The time-stamping authority of the demonstration: a party of its own, whose certificate everybody may have."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tegata.clock import Clock
from tegata.demo.nodes import free_ports, running
from tegata.node import AuthoritySettings as Known
from tegata.node import TimeStampSettings
from tegata.tsa import AuthoritySettings, make_folder
from tegata.tsa.self_signed import self_signed

NAME: Final = "example-time"
_KEY: Final = "key-1"
_POLICY: Final = "2.25.1"  # of nobody: an arc for identifiers that need no registration (ITU-T X.667)
_DAYS: Final = 365


@contextlib.contextmanager
def running_authority(folder: Path, clock: Clock) -> Iterator[TimeStampSettings]:
    """A new authority in its own process, until the block ends however it ends; and how a node asks it."""
    (port,) = free_ports(1)
    address = f"127.0.0.1:{port}"
    settings = AuthoritySettings(policy=_POLICY, key=_KEY, listen=address, time_source="unchecked")
    make_folder(folder, settings, *self_signed(NAME, clock.now(), _DAYS))
    asked = Known(name=NAME, url=f"http://{address}/tsr", certificates=str(certificate_of(folder).resolve()))
    with running(folder, folder / "authority.log", "tsa"):
        yield TimeStampSettings(authorities=(asked,), every_seconds=1)


def certificate_of(folder: Path) -> Path:
    """What a reader needs to trust it (PEM)."""
    return folder / "keys" / f"{_KEY}.pem"
