"""The HTTPS binding as one table: which side answers what under which path (DSP 2025-1, *.binding.https.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote

from tegata.model.process import Role
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.dcat import CatalogRequestMessage, RootCatalog, RootDataset
from tegata.wire.dsp.errors import FAMILIES, Family
from tegata.wire.dsp.term import Term

VERSION: Final = "2025-1"
VERSIONS_PATH: Final = "/.well-known/dspace-version"
"""Where the versions document lies, from the root of the host; everybody may read it."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation. `path` is relative to the DSP base or callback address; `{id}` is the server's own process id
    or the data set's id. `gives` None: the answer has no body that anybody may rely on."""

    served_by: Role
    method: Literal["GET", "POST"]
    path: str
    takes: type[Term] | None
    gives: type[Term] | None = None
    success: int = 200

    @property
    def family(self) -> Family:
        """Which type of error body it answers with."""
        return FAMILIES[self.path.split("/")[1]]

    @property
    def first(self) -> bool:
        """Whether its message begins a process, so that the server has no id for it yet."""
        return "{id}" not in self.path


ENDPOINTS: Final = (
    Endpoint("provider", "POST", "/catalog/request", CatalogRequestMessage, RootCatalog),
    Endpoint("provider", "GET", "/catalog/datasets/{id}", None, RootDataset),
    Endpoint("provider", "GET", "/negotiations/{id}", None, m.ContractNegotiation),
    Endpoint("provider", "POST", "/negotiations/request", m.ContractRequestMessage, m.ContractNegotiation, 201),
    Endpoint("provider", "POST", "/negotiations/{id}/request", m.ContractRequestMessage),
    Endpoint("provider", "POST", "/negotiations/{id}/events", m.ContractNegotiationEventMessage),
    Endpoint("provider", "POST", "/negotiations/{id}/agreement/verification", m.ContractAgreementVerificationMessage),
    Endpoint("provider", "POST", "/negotiations/{id}/termination", m.ContractNegotiationTerminationMessage),
    Endpoint("consumer", "GET", "/negotiations/{id}", None, m.ContractNegotiation),
    Endpoint("consumer", "POST", "/negotiations/offers", m.ContractOfferMessage, m.ContractNegotiation, 201),
    Endpoint("consumer", "POST", "/negotiations/{id}/offers", m.ContractOfferMessage),
    Endpoint("consumer", "POST", "/negotiations/{id}/agreement", m.ContractAgreementMessage),
    Endpoint("consumer", "POST", "/negotiations/{id}/events", m.ContractNegotiationEventMessage),
    Endpoint("consumer", "POST", "/negotiations/{id}/termination", m.ContractNegotiationTerminationMessage),
    Endpoint("provider", "GET", "/transfers/{id}", None, m.TransferProcess),
    Endpoint("provider", "POST", "/transfers/request", m.TransferRequestMessage, m.TransferProcess, 201),
    Endpoint("provider", "POST", "/transfers/{id}/start", m.TransferStartMessage),
    Endpoint("provider", "POST", "/transfers/{id}/completion", m.TransferCompletionMessage),
    Endpoint("provider", "POST", "/transfers/{id}/suspension", m.TransferSuspensionMessage),
    Endpoint("provider", "POST", "/transfers/{id}/termination", m.TransferTerminationMessage),
    # Not in the specification, but the conformance kit asks for it.
    Endpoint("consumer", "GET", "/transfers/{id}", None, m.TransferProcess),
    Endpoint("consumer", "POST", "/transfers/{id}/start", m.TransferStartMessage),
    Endpoint("consumer", "POST", "/transfers/{id}/completion", m.TransferCompletionMessage),
    Endpoint("consumer", "POST", "/transfers/{id}/suspension", m.TransferSuspensionMessage),
    Endpoint("consumer", "POST", "/transfers/{id}/termination", m.TransferTerminationMessage),
)


def endpoint_for(message: type[Term], served_by: Role, *, first: bool = False) -> Endpoint:
    """Where a message goes. `first`: it begins the process, the receiver has no id for it yet.

    Raises:
        LookupError: that side does not take this message.
    """
    for endpoint in ENDPOINTS:
        if (endpoint.takes, endpoint.served_by, endpoint.first) == (message, served_by, first):
            return endpoint
    raise LookupError(f"the {served_by} does not take `{message.__name__}`")


def endpoint_showing(document: type[Term], served_by: Role) -> Endpoint:
    """Where that side shows a process. LookupError: it does not."""
    for endpoint in ENDPOINTS:
        if (endpoint.method, endpoint.gives, endpoint.served_by) == ("GET", document, served_by):
            return endpoint
    raise LookupError(f"the {served_by} does not show a `{document.__name__}`")


def address(base: str, endpoint: Endpoint, id: str = "") -> str:
    """The URL of an operation under a DSP base or callback address, with or without slash at its end."""
    return base.rstrip("/") + endpoint.path.format(id=quote(id, safe=":@!$&'()*+,;="))
