"""What EDC's operator can do, in the words of the protocol (management API v3)."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any, Final

PROTOCOL: Final = "dataspace-protocol-http:2025-1"
_EDC: Final = {"@vocab": "https://w3id.org/edc/v0.0.1/ns/"}
_ODRL: Final = {**_EDC, "odrl": "http://www.w3.org/ns/odrl/2/"}
_TERMS: Final = "https://w3id.org/dspace/2025/1/odrl-profile.jsonld"

GONE: Final = ("DEPROVISIONING", "DEPROVISIONED")  # what EDC makes of a transfer that has ended

Document = dict[str, Any]


@dataclass(frozen=True)
class Party:
    """A participant as its peers see it."""

    id: str
    base: str


class StuckError(AssertionError):
    """A process does not come to the state that it is waited for in."""


@dataclass(frozen=True)
class Connector:
    """A running EDC."""

    party: Party
    ports: dict[str, int]
    pid: int
    patience: float = 60  # seconds for any state to come

    # --- as a provider

    def offer(self, asset: str, url: str, *constraints: Document) -> None:
        """Put what lies at `url` on offer, to be used under these constraints."""
        rule: Document = {"odrl:action": {"@id": "odrl:use"}, "odrl:constraint": [_constraint(c) for c in constraints]}
        policy = {"@type": "odrl:Set", "odrl:permission": [rule]}
        source = {"type": "HttpData", "baseUrl": url}
        self._post("/assets", {"@id": asset, "properties": {"name": asset}, "dataAddress": source})
        self._post("/policydefinitions", {"@context": _ODRL, "@id": f"{asset}-policy", "policy": policy})
        chosen = {"operandLeft": f"{_EDC['@vocab']}id", "operator": "=", "operandRight": asset}
        policies = {"accessPolicyId": "open", "contractPolicyId": f"{asset}-policy"}
        self._post("/contractdefinitions", {"@id": f"{asset}-offer", **policies, "assetsSelector": [chosen]})

    def open_access(self) -> None:
        """Everybody may see what is on offer."""
        policy = {"@type": "odrl:Set", "odrl:permission": [{"odrl:action": {"@id": "odrl:use"}}]}
        self._post("/policydefinitions", {"@context": _ODRL, "@id": "open", "policy": policy})

    def transfers_of(self, asset: str) -> list[Document]:
        """Transfer processes about an asset."""
        found: list[Document] = self._post("/transferprocesses/request", {"limit": 1000})
        return [transfer for transfer in found if transfer.get("assetId") == asset]

    # --- as a consumer

    def catalogue(self, provider: Party) -> list[Document]:
        """The data sets in a provider's catalogue."""
        found: Document = self._post("/catalog/request", _to(provider))
        return list(found["dataset"])

    def request(self, provider: Party, dataset: Document) -> str:
        """Negotiate about the first offer of a data set; id of the negotiation."""
        offer = {"@context": _TERMS, **dataset["hasPolicy"][0], "target": dataset["@id"], "assigner": provider.id}
        return str(self._post("/contractnegotiations", {**_to(provider), "policy": offer})["@id"])

    def pull(self, provider: Party, agreement: str) -> str:
        """Ask for the data of an agreement; id of the transfer."""
        wanted = {"contractId": agreement, "transferType": "HttpData-PULL"}
        return str(self._post("/transferprocesses", {**_to(provider), **wanted})["@id"])

    def push(self, provider: Party, agreement: str, url: str) -> str:
        """Have the data of an agreement brought to a URL; id of the transfer."""
        there = {"type": "HttpData", "baseUrl": url}
        wanted = {"contractId": agreement, "transferType": "HttpData-PUSH", "dataDestination": there}
        return str(self._post("/transferprocesses", {**_to(provider), **wanted})["@id"])

    def reference(self, transfer: str) -> dict[str, str]:
        """Where the data of a transfer can be had, as its provider told: properties by their plain names."""
        end = time.monotonic() + self.patience
        while True:
            try:
                found = ask("GET", f"http://127.0.0.1:{self.ports['glue']}/glue/references/{transfer}")
            except AssertionError:  # it is kept a moment after the transfer is started
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
            else:
                return {name.rpartition("/")[2]: value for name, value in found.items()}

    # --- as either

    def negotiation(self, id: str, *states: str) -> Document:
        """A negotiation, once it is in one of these states."""
        return self._once("/contractnegotiations/" + id, states)

    def transfer(self, id: str, *states: str) -> Document:
        """A transfer, once it is in one of these states."""
        return self._once("/transferprocesses/" + id, states)

    def suspend(self, transfer: str) -> None:
        self._post(f"/transferprocesses/{transfer}/suspend", {"reason": "a pause"})

    def resume(self, transfer: str) -> None:
        self._post(f"/transferprocesses/{transfer}/resume", {})

    def terminate(self, transfer: str) -> None:
        self._post(f"/transferprocesses/{transfer}/terminate", {"reason": "enough"})

    def complete(self, transfer: str) -> None:
        """Tell the control plane, as a data plane does, that the data has been taken."""
        ask("POST", f"http://127.0.0.1:{self.ports['control']}/control/transferprocess/{transfer}/complete")

    def _once(self, path: str, states: tuple[str, ...]) -> Document:
        end, found = time.monotonic() + self.patience, Document()
        while time.monotonic() < end:
            found = dict(ask("GET", self._management + path))
            if found["state"] in states:
                return found
            time.sleep(0.02)
        raise StuckError(f"{path} stays {found['state']} {found.get('errorDetail', '')}, not {states}")

    def _post(self, path: str, body: Document) -> Any:
        return ask("POST", self._management + path, {"@context": _EDC, **body})

    @property
    def _management(self) -> str:
        return f"http://127.0.0.1:{self.ports['management']}/management/v3"


def state_at(party: Party, kind: str, id: str, asker: str) -> str:
    """The state of a process as the protocol tells it to the counter-party, by its mock token."""
    token = json.dumps({"region": "eu", "audience": party.id, "clientId": asker})
    return str(ask("GET", f"{party.base}/{kind}/{id}", None, token)["state"])


def ask(method: str, url: str, body: Document | None = None, authorization: str = "") -> Any:
    """A request and its JSON answer; AssertionError with the answer's words when it is no success."""
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Content-Type": "application/json"} | ({"Authorization": authorization} if authorization else {})
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=60) as answer:
            read = answer.read()
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{method} {url}: {error.code} {error.read().decode()}") from None
    return json.loads(read) if read else None


def _to(provider: Party) -> Document:
    return {"counterPartyId": provider.id, "counterPartyAddress": provider.base, "protocol": PROTOCOL}


def _constraint(constraint: Document) -> Document:
    """One with plain names (leftOperand, operator, rightOperand)."""
    operator = {"@id": "odrl:" + constraint["operator"]}
    left, right = constraint["leftOperand"], constraint["rightOperand"]
    return {"odrl:leftOperand": {"@id": left}, "odrl:operator": operator, "odrl:rightOperand": right}
