"""Durable state. The only package that speaks SQL.

    store = Store.open(folder)
    await store.write(lambda tx: negotiations.insert(tx, negotiation))
    negotiation = await store.read(lambda tx: negotiations.get(tx, negotiation_id))
    store.close()

Each noun has its own module of functions on a `Transaction`; a service calls several in one `write`, so that the
state, the outgoing message and the evidence entry become durable together or not at all.
"""

from tegata.store import (
    acquisitions,
    agreements,
    consent,
    control,
    datasets,
    decisions,
    ledger,
    log,
    outbox,
    participants,
    privacy,
    pushes,
    questions,
    received,
    releases,
    renditions,
    replay,
    traces,
    uses,
    versions,
    volumes,
    work,
)
from tegata.store.connection import ConflictError, UnavailableError, UncertainError
from tegata.store.lease import Lease
from tegata.store.processes import negotiations, transfers
from tegata.store.store import Store
from tegata.store.transaction import Transaction

__all__ = [
    "ConflictError",
    "Lease",
    "Store",
    "Transaction",
    "UnavailableError",
    "UncertainError",
    "acquisitions",
    "agreements",
    "consent",
    "control",
    "datasets",
    "decisions",
    "ledger",
    "log",
    "negotiations",
    "outbox",
    "participants",
    "privacy",
    "pushes",
    "questions",
    "received",
    "releases",
    "renditions",
    "replay",
    "traces",
    "transfers",
    "uses",
    "versions",
    "volumes",
    "work",
]
