"""A node that speaks with EDC's mock identity service, as a process: `python -m tests.interop.node FOLDER`.

All of it is what users install, except for the tokens, which prove nothing: this class is no part of the package.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import signal
import sys
from pathlib import Path

import msgspec

from tegata.identity import Sender
from tegata.model.errors import VerificationError
from tegata.node.run import read_secrets
from tegata.store import Transaction
from tests.nodes import live_node

_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


class _MockToken(msgspec.Struct, rename="camel"):
    region: str
    audience: str
    client_id: str


class MockAuthentication:
    """Whoever says to be somebody is believed (org.eclipse.edc:iam-mock)."""

    def __init__(self, own: str) -> None:
        self._own = own

    def authorization(self, peer: str, body: bytes) -> str:
        return msgspec.json.encode(_MockToken(region="eu", audience=peer, client_id=self._own)).decode()

    def sender(self, authorization: str, body: bytes) -> Sender:
        try:
            token = msgspec.json.decode(authorization.removeprefix("Bearer "), type=_MockToken)
        except msgspec.MsgspecError as error:
            raise VerificationError("not a mock token", why=str(error)) from error
        return Sender(did=token.client_id, jti="", until=_NEVER)

    def spend(self, tx: Transaction, sender: Sender) -> bool:
        return True


async def main(folder: Path) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with live_node(folder, authentication=MockAuthentication(read_secrets(folder).key.did)):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
