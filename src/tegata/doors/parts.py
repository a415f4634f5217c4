"""All doors of a node, put together."""

from __future__ import annotations

from starlette.routing import Route

from tegata.api.budget import Budget
from tegata.api.processes import Row
from tegata.contracts import Contracts
from tegata.doors.agent import AgentDesk
from tegata.doors.delta import DeltaDoor
from tegata.doors.desk import DoorsDesk
from tegata.doors.guard import Guard
from tegata.doors.iceberg import IcebergDoor
from tegata.doors.link import link_routes
from tegata.doors.management import doors_table
from tegata.doors.mcp import McpDoor
from tegata.doors.names import DOORS_PATH
from tegata.doors.objects import Objects, passport_routes
from tegata.doors.renditions import Renditions
from tegata.doors.s3 import S3Door
from tegata.doors.tokens import TokenDoor
from tegata.exchange import Home
from tegata.transfer import KeyRing
from tegata.transfer.handover import Handover


class AllDoors:
    """What opens to an access key.

    Args:
        url: of the node, as others see it.
        flight: where the Flight SQL door is, empty when there is none.
    """

    def __init__(
        self, home: Home, keys: KeyRing, handover: Handover, budget: Budget, contracts: Contracts, url: str, flight: str
    ) -> None:
        self.guard = Guard(home, keys, handover, budget)
        self.renditions = Renditions(home)
        self._delta = DeltaDoor(self.guard, self.renditions, url + DOORS_PATH)
        objects = Objects(self.guard, self.renditions)
        self._s3 = S3Door(self.guard, objects, url)
        self._iceberg = IcebergDoor(self.guard, objects, url)
        self._tokens = TokenDoor(self.guard, keys, url)
        self._mcp = McpDoor(self.guard, AgentDesk(home, self.guard, self.renditions, contracts), url)
        self._desk = DoorsDesk(home, keys, self.guard, self.renditions, url + DOORS_PATH, flight)

    def routes(self) -> list[Route]:
        """For everybody."""
        return [
            *link_routes(DOORS_PATH, self.guard, self.renditions),
            *self._delta.routes(DOORS_PATH),
            *self._s3.routes(),
            *self._iceberg.routes(),
            *self._mcp.routes(),
            *self._tokens.routes(),
            *passport_routes(self.guard),
        ]

    def table(self) -> tuple[Row, ...]:
        """For the operator."""
        return doors_table(self._desk)
