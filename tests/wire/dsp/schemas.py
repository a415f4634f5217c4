"""The official JSON Schemas as validators, and the kinds of our codec that they judge."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema_rs

from tegata.model.errors import ProtocolError
from tegata.wire.dsp import dcat
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.codec import decode
from tegata.wire.dsp.term import Term
from tests.shared_data import shared_data

KINDS: Final[dict[str, type[Term]]] = {
    "catalog/catalog-error": dcat.CatalogError,
    "catalog/catalog-request-message": dcat.CatalogRequestMessage,
    "catalog/catalog": dcat.RootCatalog,
    "catalog/dataset-request-message": dcat.DatasetRequestMessage,
    "catalog/dataset": dcat.RootDataset,
    "common/did-service": m.DidService,
    "common/protocol-version": m.VersionResponse,
    "negotiation/contract-agreement-message": m.ContractAgreementMessage,
    "negotiation/contract-agreement-verification-message": m.ContractAgreementVerificationMessage,
    "negotiation/contract-negotiation-error": m.ContractNegotiationError,
    "negotiation/contract-negotiation-event-message": m.ContractNegotiationEventMessage,
    "negotiation/contract-negotiation": m.ContractNegotiation,
    "negotiation/contract-negotiation-termination-message": m.ContractNegotiationTerminationMessage,
    "negotiation/contract-offer-message": m.ContractOfferMessage,
    "negotiation/contract-request-message": m.ContractRequestMessage,
    "transfer/data-address": m.DataAddress,
    "transfer/transfer-completion-message": m.TransferCompletionMessage,
    "transfer/transfer-error": m.TransferError,
    "transfer/transfer-process": m.TransferProcess,
    "transfer/transfer-request-message": m.TransferRequestMessage,
    "transfer/transfer-start-message": m.TransferStartMessage,
    "transfer/transfer-suspension-message": m.TransferSuspensionMessage,
    "transfer/transfer-termination-message": m.TransferTerminationMessage,
}
"""Every official schema of a whole document (the other three hold parts), with the kind that stands for it."""

PARTS: Final = {"common/context", "negotiation/contract", "transfer/transfer"}


@cache
def schemas() -> dict[str, Any]:
    """All official schemas by name. Three of them refer to a fragment without its leading slash: repaired here."""
    folder = shared_data("dsp")
    return {
        str(path.relative_to(folder)).removesuffix("-schema.json"): json.loads(
            path.read_text().replace("#definitions/", "#/definitions/")
        )
        for path in folder.glob("*/*-schema.json")
    }


@cache
def validator(name: str) -> jsonschema_rs.Draft201909Validator:
    registry = jsonschema_rs.Registry([(schema["$id"], schema) for schema in schemas().values()])
    return jsonschema_rs.Draft201909Validator(schemas()[name], registry=registry)


def schema_says(name: str, document: Any) -> bool:
    return validator(name).is_valid(document)


def decoder_says(name: str, data: bytes) -> bool:
    try:
        decode(KINDS[name], data)
    except ProtocolError:
        return False
    return True


def examples() -> Iterator[tuple[str, Path]]:
    """Every official example with the name of its schema."""
    for path in sorted(shared_data("dsp").glob("*/example/*.json")):
        stem = path.stem.removesuffix("_initial").removesuffix("-full").removeprefix("nested-")
        stem = "did-service" if stem.endswith("-did-service") else stem
        yield f"{path.parts[-3]}/{stem}", path
