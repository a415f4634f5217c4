"""One case, tried: AssertionError where the node does not do what the case asks for."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, Final

from tests.conformance.cases import Case
from tests.conformance.judge import JUDGE, PATIENCE, SHOWN, Document, Heard, Judge, message

# verb: (path behind the process, @type, eventType)
_VERBS: Final[dict[str, dict[str, tuple[str, str, str | None]]]] = {
    "negotiations": {
        "request": ("request", "ContractRequestMessage", None),
        "offer": ("offers", "ContractOfferMessage", None),
        "accept": ("events", "ContractNegotiationEventMessage", "ACCEPTED"),
        "agree": ("agreement", "ContractAgreementMessage", None),
        "verify": ("agreement/verification", "ContractAgreementVerificationMessage", None),
        "finalise": ("events", "ContractNegotiationEventMessage", "FINALIZED"),
        "terminate": ("termination", "ContractNegotiationTerminationMessage", None),
    },
    "transfers": {
        "request": ("request", "TransferRequestMessage", None),
        "start": ("start", "TransferStartMessage", None),
        "complete": ("completion", "TransferCompletionMessage", None),
        "suspend": ("suspension", "TransferSuspensionMessage", None),
        "terminate": ("termination", "TransferTerminationMessage", None),
    },
}
_ERRORS: Final = {"negotiations": "ContractNegotiationError", "transfers": "TransferError"}
_PULL: Final = {"format": "HttpData-PULL"}
_ADDRESS: Final = {
    "@type": "DataAddress",
    "endpoint": "http://example.org/",
    "endpointType": "https://w3id.org/idsa/v4.1/HTTP",
}


def try_case(judge: Judge, case: Case) -> None:
    match case.talk:
        case "versions":
            version = judge.versions()["2025-1"]
            assert version["path"]
            assert version["binding"]
        case "catalog":
            status, shown = judge.ask("POST", judge.base + "/catalog/request", message("CatalogRequestMessage", {}))
            assert (status, shown["@type"]) == (200, "Catalog")
            assert case.subject in [dataset["@id"] for dataset in shown["dataset"]]
        case "dataset":
            status, shown = judge.ask("GET", f"{judge.base}/catalog/datasets/{case.subject}")
            assert (status, shown["@type"], shown["@id"]) == (200, "Dataset", case.subject)
        case "missing":
            status, shown = judge.ask("GET", f"{judge.base}/catalog/datasets/{case.subject}")
            assert (status, shown["@type"]) == (404, "CatalogError")
        case _:
            Conversation(judge, case).run()


class Conversation:
    """What is said about one process, in the words of `tests.conformance.cases`."""

    _SIGNS: ClassVar = {">": "say", "!": "dispute", "<": "hear", "=": "see"}

    def __init__(self, judge: Judge, case: Case) -> None:
        self._judge = judge
        self._case = case
        self._node_provides = case.talk.startswith(">")
        self._base = judge.base
        self._mine = str(uuid.uuid4())
        self._theirs = ""
        self._offer = self._catalogued() if self._node_provides else f"offer{case.subject}"

    def run(self) -> None:
        if self._node_provides:
            self._begin()
        else:
            self._have_begun()
        for word in self._case.talk.split()[1:]:
            getattr(self, self._SIGNS[word[0]])(word[1:])
        while not self._judge.inbox.empty():
            heard = self._judge.inbox.get()
            assert not self._is_about_this(heard.said), f"nobody asked for {heard}"

    def say(self, verb: str) -> None:
        status, answer = self._send(verb)
        assert 200 <= status < 300, f"{verb} was refused with {status}: {answer}"

    def dispute(self, verb: str) -> None:
        status, answer = self._send(verb)
        assert 400 <= status < 500, f"{verb} was answered with {status}"
        assert status != 404
        assert answer["@type"] == _ERRORS[self._case.kind]
        assert answer.items() >= self._ids().items()

    def hear(self, verb: str) -> None:
        path, kind, event = self._verb(verb)
        heard = self._next()
        assert heard.path == f"/{self._case.kind}/{self._mine}/{path}"
        assert (heard.said["@type"], heard.said.get("eventType")) == (kind, event)
        assert heard.said.items() >= self._ids().items()

    def see(self, state: str) -> None:
        status, shown = self._judge.ask("GET", f"{self._base}/{self._case.kind}/{self._theirs}")
        assert (status, shown["@type"], shown["state"]) == (200, SHOWN[self._case.kind], state)
        assert self._is_about_this(shown)

    def _begin(self) -> None:
        """The judge is the consumer and sends the first message."""
        terms = {"consumerPid": self._mine, "callbackAddress": self._judge.callback, **self._wanted()}
        first = message(self._verb("request")[1], terms)
        status, shown = self._judge.ask("POST", f"{self._base}/{self._case.kind}/request", first)
        assert (status, shown["@type"], shown["consumerPid"]) == (201, SHOWN[self._case.kind], self._mine)
        self._theirs = shown["providerPid"]

    def _have_begun(self) -> None:
        """The judge is the provider; the node is told to send the first message."""
        about = {"datasetId": self._case.subject, "offerId": self._offer}
        if self._case.kind == "transfers":
            about = {"agreementId": self._case.subject, **_PULL}
        trigger = f"{self._judge.root}/tck/{self._case.kind}/requests"
        told = {"providerId": JUDGE, "connectorAddress": self._judge.callback, **about}
        assert self._judge.ask("POST", trigger, told)[0] < 300
        heard = self._next()
        assert (heard.path, heard.said["@type"]) == (f"/{self._case.kind}/request", self._verb("request")[1])
        self._base = heard.said["callbackAddress"].rstrip("/")
        self._mine, self._theirs = heard.begun, heard.said["consumerPid"]

    def _send(self, verb: str) -> tuple[int, Any]:
        path, kind, event = self._verb(verb)
        terms = self._ids() | self._content(verb) | ({"eventType": event} if event else {})
        url = f"{self._base}/{self._case.kind}/{self._theirs}/{path}"
        return self._judge.ask("POST", url, message(kind, terms))

    def _content(self, verb: str) -> Document:
        match verb:
            case "request" | "offer":
                return {"offer": self._policy("Offer", self._offer) | self._parties()}
            case "agree":
                policy = self._policy("Agreement", str(uuid.uuid4())) | self._parties()
                return {"agreement": policy | {"timestamp": "2026-01-01T00:00:00Z"}}
            case "start" if not self._node_provides:
                return {"dataAddress": _ADDRESS}
            case "suspend" | "terminate":
                return {"code": "1"}
            case _:
                return {}

    def _wanted(self) -> Document:
        if self._case.kind == "negotiations":
            return {"offer": self._policy("Offer", self._offer)}
        return {"agreementId": self._case.subject, **_PULL}

    def _policy(self, kind: str, id: str) -> Document:
        rules = [{"action": "use", "constraint": []}]
        return {"@type": kind, "@id": id, "target": self._case.subject, "permission": rules}

    def _parties(self) -> Document:
        node = self._judge.participant
        provider, consumer = (node, JUDGE) if self._node_provides else (JUDGE, node)
        return {"assigner": provider, "assignee": consumer}

    def _ids(self) -> Document:
        provider, consumer = (self._theirs, self._mine) if self._node_provides else (self._mine, self._theirs)
        return {"providerPid": provider, "consumerPid": consumer}

    def _verb(self, verb: str) -> tuple[str, str, str | None]:
        return _VERBS[self._case.kind][verb]

    def _catalogued(self) -> str:
        """The offer that the node's catalogue shows for the case's data set."""
        if self._case.kind == "transfers":
            return ""
        _, shown = self._judge.ask("GET", f"{self._base}/catalog/datasets/{self._case.subject}")
        return str(shown["hasPolicy"][0]["@id"])

    def _next(self) -> Heard:
        """The next message about this process; what is left of an earlier case is passed over."""
        while True:
            heard = self._judge.inbox.get(timeout=PATIENCE)
            if self._is_about_this(heard.said):
                return heard

    def _is_about_this(self, said: Document) -> bool:
        if self._theirs:
            return self._theirs in (said.get("providerPid"), said.get("consumerPid"))
        return self._case.subject in (said.get("agreementId"), said.get("offer", {}).get("target"))
