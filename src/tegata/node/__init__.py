"""A node: its folder, its parts, and its life as a process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tegata.node.config import AuthoritySettings, NodeConfig, OutboundSettings, TimeStampSettings, init_folder

__all__ = ["AuthoritySettings", "NodeConfig", "TimeStampSettings", "init_node", "run_node"]

_HOST = "127.0.0.1"


def init_node(
    folder: Path,
    *,
    name: str,
    dsp_port: int,
    management_port: int,
    facts: dict[str, Any],
    time_stamps: TimeStampSettings = TimeStampSettings(),  # noqa: B008 - a frozen value
) -> NodeConfig:
    """Make the folder of a new node on loopback. `node.yaml` in it can then be edited for another address.

    Raises UsageError when the folder already holds a node.
    """
    config = NodeConfig(
        name=name,
        dsp=f"{_HOST}:{dsp_port}",
        url=f"http://{_HOST}:{dsp_port}",
        management=f"{_HOST}:{management_port}",
        facts=facts,
        time_stamps=time_stamps,
        # A node that is reached on loopback talks to neighbours there, and there alone without TLS.
        outbound=OutboundSettings(allow_http=True, networks=(f"{_HOST}/32",)),
    )
    init_folder(folder, config)
    return config


def run_node(folder: Path) -> None:
    """Run the node of a folder until SIGINT or SIGTERM.

    Raises InputError when the folder holds no node, StoreError when its state cannot be opened.
    """
    from tegata.node.run import run  # imported here: making a folder needs no server

    run(folder)
