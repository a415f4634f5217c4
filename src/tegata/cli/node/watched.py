"""A long request to our own node, with a bar that shows how far it has come."""

from __future__ import annotations

import secrets
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, Final

from tegata.cli.client import NodeClient
from tegata.cli.terminal import Terminal
from tegata.model.base import Progress, Text
from tegata.model.errors import TegataError

_PAUSE_S: Final = 0.3


def post_watched(ours: NodeClient, terminal: Terminal, label: Text, path: str, body: dict[str, Any]) -> Any:
    """What the node answers, however long it takes. Raises as `NodeClient.post` does."""
    name = secrets.token_hex(16)
    with terminal.progress(label) as progress, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ours.post, path, {**body, "work": name}, None)
        while progress is not None and not wait([asked], _PAUSE_S).done:
            _tell(ours, name, progress, asked)
        return asked.result()


def _tell(ours: NodeClient, name: str, progress: Progress, asked: Future[Any]) -> None:
    try:
        far = ours.get("/v1/log/work", name=name)
    except TegataError:  # the request itself will say what is wrong
        wait([asked], _PAUSE_S)
    else:
        progress(far["done"], far["total"])
