"""Messages of negotiation and transfer, and the versions document (negotiation/, transfer/, common/ schemas)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Literal

from msgspec import UNSET, Meta, field

from tegata.wire.dsp.negotiation import NegotiationEvent, NegotiationState
from tegata.wire.dsp.odrl import Agreement, MessageOffer
from tegata.wire.dsp.term import SOME, Maybe, Message, Term, check_context
from tegata.wire.dsp.transfer import TransferEvent, TransferState

DID_CONTEXT: Final = "https://www.w3.org/ns/did/v1"
_MOST_CERTIFICATE: Final = 16 << 10  # characters


def _exactly_one(message: Message, first: object, second: object, names: str) -> None:
    if (first is UNSET) == (second is UNSET):
        raise ValueError(f"`{type(message).__name__}` has either {names}")


# --- contract negotiation


class ContractRequestMessage(Message, frozen=True, kw_only=True):
    """The first request names a callback address, a counter-request the provider's process."""

    consumer_pid: str
    provider_pid: Maybe[str] = UNSET
    callback_address: Maybe[str] = UNSET
    offer: MessageOffer

    def __post_init__(self) -> None:
        super().__post_init__()
        _exactly_one(self, self.callback_address, self.provider_pid, "callbackAddress or providerPid")


class ContractOfferMessage(Message, frozen=True, kw_only=True):
    """The first offer names a callback address, a counter-offer the consumer's process."""

    provider_pid: str
    consumer_pid: Maybe[str] = UNSET
    callback_address: Maybe[str] = UNSET
    offer: MessageOffer

    def __post_init__(self) -> None:
        super().__post_init__()
        _exactly_one(self, self.callback_address, self.consumer_pid, "callbackAddress or consumerPid")
        if self.offer.target is UNSET:
            raise ValueError("the offer of a ContractOfferMessage names its target")


class _Paired(Message, frozen=True, kw_only=True):
    """A message about a process that both sides know."""

    provider_pid: str
    consumer_pid: str


class _Reasoned(_Paired, frozen=True, kw_only=True):
    """One that may say why."""

    code: Maybe[str] = UNSET
    reason: Annotated[tuple[Any, ...], SOME] = ()


class ContractAgreementMessage(_Paired, frozen=True, kw_only=True):
    agreement: Agreement


class ContractAgreementVerificationMessage(_Paired, frozen=True, kw_only=True):
    pass


class ContractNegotiationEventMessage(_Paired, frozen=True, kw_only=True):
    event_type: Literal["ACCEPTED", "FINALIZED"]


class ContractNegotiationTerminationMessage(_Reasoned, frozen=True, kw_only=True):
    pass


class ContractNegotiation(_Paired, frozen=True, kw_only=True):
    """The state of a negotiation, as the answer to a first message or to a query."""

    state: NegotiationState


class ContractNegotiationError(_Reasoned, frozen=True, kw_only=True):
    pass


# --- transfer process


class EndpointProperty(Term, frozen=True, kw_only=True, tag_field="@type", tag=True):
    on_wire: ClassVar[tuple[str, ...]] = ("@type",)

    name: str
    value: str


class DataAddress(Term, frozen=True, kw_only=True, tag_field="@type", tag=True):
    """Where data is fetched from (pull) or sent to (push)."""

    on_wire: ClassVar[tuple[str, ...]] = ("@type",)

    endpoint_type: str
    endpoint: Maybe[str] = UNSET
    endpoint_properties: Annotated[tuple[EndpointProperty, ...], SOME] = ()


class TransferRequestMessage(Message, frozen=True, kw_only=True):
    """`data_address` is for push only. `certificate`, a term of our own: DER in base64, for whose key to encrypt."""

    consumer_pid: str
    agreement_id: str
    format: str
    data_address: Maybe[DataAddress] = UNSET
    certificate: Maybe[Annotated[str, Meta(max_length=_MOST_CERTIFICATE)]] = field(
        name="tegata:certificate", default=UNSET
    )
    callback_address: str


class TransferStartMessage(_Paired, frozen=True, kw_only=True):
    """`data_address` is for pull only."""

    data_address: Maybe[DataAddress] = UNSET


class TransferCompletionMessage(_Paired, frozen=True, kw_only=True):
    pass


class TransferSuspensionMessage(_Reasoned, frozen=True, kw_only=True):
    pass


class TransferTerminationMessage(_Reasoned, frozen=True, kw_only=True):
    pass


class TransferProcess(_Paired, frozen=True, kw_only=True):
    """The state of a transfer, as the answer to a request or to a query."""

    state: TransferState


class TransferError(_Reasoned, frozen=True, kw_only=True):
    pass


# --- versions and discovery (plain JSON, without a context)


class Auth(Term, frozen=True, kw_only=True):
    protocol: str
    version: str
    profile: tuple[str, ...] = ()


class Version(Term, frozen=True, kw_only=True):
    """`path` is appended to the root at which the versions document was found."""

    version: str
    path: str
    binding: Literal["HTTPS"]
    identifier_type: Maybe[str] = UNSET
    service_id: Maybe[str] = UNSET
    auth: Maybe[Auth] = UNSET


class VersionResponse(Term, frozen=True, kw_only=True):
    """The document at `/.well-known/dspace-version`."""

    protocol_versions: Annotated[tuple[Version, ...], SOME]


class DidService(Term, frozen=True, kw_only=True):
    """A service entry of a DID document. The schema wants an address that ends in `/catalog`, the specification's own
    example ends in the versions document: both are taken."""

    context: Maybe[tuple[str, ...]] = field(name="@context", default=UNSET)
    id: str
    type: Literal["DataService", "CatalogService"]
    service_endpoint: Annotated[
        str, Meta(pattern=r"https?://[^\n\r\u2028\u2029]*?/(catalog|\.well-known/dspace-version)\Z")
    ]

    def __post_init__(self) -> None:
        if self.context is not UNSET:
            check_context(self.context)
            if DID_CONTEXT not in self.context:
                raise ValueError(f"`@context` does not contain `{DID_CONTEXT}`")


NegotiationMessage = (
    ContractRequestMessage
    | ContractOfferMessage
    | ContractAgreementMessage
    | ContractAgreementVerificationMessage
    | ContractNegotiationEventMessage
    | ContractNegotiationTerminationMessage
)
TransferMessage = (
    TransferRequestMessage
    | TransferStartMessage
    | TransferCompletionMessage
    | TransferSuspensionMessage
    | TransferTerminationMessage
)


def negotiation_event(message: NegotiationMessage) -> NegotiationEvent:
    """The event of a message in the negotiation table."""
    name = type(message).__name__
    if isinstance(message, ContractNegotiationEventMessage):
        name += ":" + message.event_type
    return NegotiationEvent(name)


def transfer_event(message: TransferMessage) -> TransferEvent:
    """The event of a message in the transfer table."""
    return TransferEvent(type(message).__name__)
