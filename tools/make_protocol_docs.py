"""Writes docs/dataspace-protocol.md: what of DSP 2025-1 stands where, and which tests show it.

Endpoints and moves are read from the code, the conformance cases of each move by walking the cases through its table.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.conformance.cases import CASES, Case
from tools import markdown as md

from tegata.model.process import Role
from tegata.wire.dsp.machine import Machine, Transition, step
from tegata.wire.dsp.negotiation import NEGOTIATION, NegotiationEvent
from tegata.wire.dsp.paths import ENDPOINTS, Endpoint
from tegata.wire.dsp.transfer import TRANSFER, TransferEvent

PAGE: Final = Path(__file__).parents[1] / "docs" / "dataspace-protocol.md"
N, T = NegotiationEvent, TransferEvent
VERBS: Final[dict[str, dict[str, Any]]] = {
    "negotiations": {
        "request": N.REQUEST, "offer": N.OFFER, "accept": N.ACCEPTED, "agree": N.AGREEMENT, "verify": N.VERIFICATION,
        "finalise": N.FINALIZED, "terminate": N.TERMINATION,
    },
    "transfers": {
        "request": T.REQUEST, "start": T.START, "complete": T.COMPLETION, "suspend": T.SUSPENSION,
        "terminate": T.TERMINATION,
    },
}  # fmt: skip
MACHINES: Final[dict[str, Machine[Any, Any]]] = {"negotiations": NEGOTIATION, "transfers": TRANSFER}


class Clause(NamedTuple):
    """One demand of the specification; `source` is a file below `specifications/`, `tests` stand below `tests/`."""

    source: str
    says: str
    ours: str
    tests: tuple[str, ...]


COMMON, CATALOG = "common/common.protocol.md", "catalog/catalog.protocol.md"
CATALOG_HTTP, NEGOTIATION_HTTP = "catalog/catalog.binding.https.md", "negotiation/contract.negotiation.binding.https.md"
NEGOTIATING, TRANSFERRING = "negotiation/contract.negotiation.protocol.md", "transfer/transfer.process.protocol.md"
HOSTILE = "services/test_hostile_peers.py"
CLAUSES: Final = (
    Clause(
        COMMON,
        "versions at `/.well-known/dspace-version`, open to all",
        "`2025-1` over HTTPS, with the kind of identifier and the participant's id",
        ("conformance/test_cases.py::test_case",),
    ),
    Clause(
        COMMON,
        "messages are valid by their JSON Schemas",
        "typed structs that give the same verdict as the schemas; three differences, each named and tested",
        ("wire/dsp/test_schema_parity.py::test_each_difference_is_one",),
    ),
    Clause(
        COMMON,
        "unknown terms are allowed",
        "carried through; the bytes as they came are what evidence is made of",
        ("wire/dsp/test_codec.py::test_bytes_and_unknown_terms_are_kept",),
    ),
    Clause(
        COMMON,
        "JSON-LD in compact form with the 2025-1 context among others",
        "several contexts are taken; expanded or differently prefixed documents are refused (decision 0022)",
        ("wire/dsp/test_codec.py::test_other_forms_of_json_ld_are_refused",),
    ),
    Clause(
        COMMON,
        "the `Authorization` header says who asks",
        "checked on every request, bound to its body, good for once",
        (f"{HOSTILE}::test_token_counts_once", f"{HOSTILE}::test_token_fits_one_body_one_audience_one_sender"),
    ),
    Clause(
        CATALOG,
        "a provider may support filters, and answers others with an error",
        "`tegata:text` and `dct:modified` (decision 0021); 400 for all others",
        (
            "services/test_catalogue.py::test_a_filter_holds_on_every_page",
            "services/test_catalogue.py::test_a_filter_that_is_not_ours_is_refused",
        ),
    ),
    Clause(
        CATALOG_HTTP,
        "pages by `Link` headers, next and previous",
        "25 data sets a page, in the order of publication",
        (
            "services/test_catalogue.py::test_links_lead_through_all_pages_and_back",
            "services/test_catalogue.py::test_only_our_own_links_lead_to_pages",
        ),
    ),
    Clause(
        CATALOG_HTTP,
        "a consumer follows the links",
        "to their end, and never to somebody else's address",
        (
            "services/test_catalogue.py::test_a_consumer_finds_on_every_page",
            "services/test_catalogue.py::test_a_link_leads_to_nobody_else",
        ),
    ),
    Clause(
        NEGOTIATION_HTTP,
        "errors: not found and not authorised are both 404",
        "one body for both",
        (
            "wire/dsp/test_binding.py::test_unknown_and_not_allowed_look_the_same",
            f"{HOSTILE}::test_negotiation_of_another_participant_does_not_exist",
        ),
    ),
    Clause(
        NEGOTIATION_HTTP,
        "error bodies name process ids, code and reason",
        "on every route, for every failure",
        (
            "wire/dsp/test_binding.py::test_error_bodies_are_valid",
            "api/test_error_shape.py::test_protocol_routes_answer_strangers_with_the_error_of_their_family",
        ),
    ),
    Clause(
        NEGOTIATING,
        "a message that is not legal now is an error and changes nothing",
        "one table, `step`, 400",
        (
            "wire/dsp/test_machines.py::test_every_state_message_and_sender",
            f"{HOSTILE}::test_illegal_move_is_refused_and_changes_nothing",
        ),
    ),
    Clause(
        NEGOTIATING,
        "an agreement names both parties, its target and the time of signing",
        "taken only if it is about what was asked for, term by term",
        ("conformance/test_cases.py::test_terms_that_the_node_did_not_ask_for_bind_it_to_nothing",),
    ),
    Clause(
        NEGOTIATING,
        "a provider may begin with an offer",
        "waits for the operator, as do other terms than asked for: `tegata node negotiations accept` or `terminate`; "
        "only participants of the register may offer, `tegata node negotiations offer` makes one",
        (
            "services/test_offers.py::test_an_offer_is_taken_by_the_operator_alone",
            "services/test_offers.py::test_offers_that_do_not_wait",
        ),
    ),
    Clause(
        NEGOTIATING,
        "`callbackAddress` is where messages go",
        "only at the registered address, only through `outbound`",
        (f"{HOSTILE}::test_callback_to_a_third_party_is_refused",),
    ),
    Clause(
        TRANSFERRING,
        "a transfer needs an agreement",
        "in force, of this very participant; otherwise 404",
        (f"{HOSTILE}::test_transfer_needs_an_agreement_in_force_of_the_sender",),
    ),
    Clause(
        TRANSFERRING,
        "pull: the data address comes with the start",
        "released only while STARTED, stopped within 64 KiB",
        (
            f"{HOSTILE}::test_data_only_for_the_token_and_only_while_started",
            "services/test_orders.py::test_the_door_closes_while_bytes_go_out",
        ),
    ),
    Clause(
        TRANSFERRING,
        "a format of ours, `Doors-PULL`: the data address comes with the start, and the transfer stays STARTED",
        "`tegata get --doors`: an access key opens the doors of the transfer while it is started (decision 0046)",
        ("doors/test_guard.py::test_every_door_is_open_while_the_transfer_is_started",),
    ),
    Clause(
        TRANSFERRING,
        "push: the data address comes with the request",
        "brought by POST with its passport, only to the registered address; again until it gets through, for 72 hours",
        (
            "services/test_push.py::test_data_is_brought_with_its_passport",
            "services/test_push.py::test_addresses_that_data_is_not_brought_to",
        ),
    ),
    Clause(
        TRANSFERRING,
        "push, as the consumer: an address of ours",
        "`tegata get --push`: one address and token for one transfer, only while STARTED; the passport is proven "
        "first, the provider tells the completion (decision 0031)",
        (
            "services/test_brought.py::test_two_nodes_and_a_push",
            "services/test_brought.py::test_only_the_token_of_this_transfer",
            "services/test_brought.py::test_twice_at_once_and_once_more",
            "services/test_brought.py::test_a_suspended_transfer_takes_nothing",
        ),
    ),
    Clause(
        TRANSFERRING,
        "either side suspends, resumes, completes, terminates",
        "`tegata node transfers`; whoever suspended resumes",
        (
            "services/test_orders.py::test_only_who_suspended_resumes",
            "services/test_orders.py::test_a_consumer_suspends_and_resumes",
        ),
    ),
)


def page() -> str:
    return md.joined([*_head(), *_clauses(), *_endpoints(), *_moves("negotiations"), *_moves("transfers")])


def walked(case: Case) -> Iterator[Transition[Any, Any]]:
    """The moves that a conformance case makes."""
    judge: Role = "provider" if case.talk.startswith("<request") else "consumer"
    node: Role = "consumer" if judge == "provider" else "provider"
    machine, state = MACHINES[case.kind], None
    for word in case.talk.split():
        if word[0] in "<>":
            move = step(machine, state, VERBS[case.kind][word[1:]], judge if word[0] == ">" else node)
            state = move.next
            yield move


def covered(kind: str) -> dict[Any, list[str]]:
    """Conformance cases by the move that they make."""
    found: dict[Any, list[str]] = defaultdict(list)
    for case in CASES:
        for move in walked(case) if case.kind == kind else ():
            if case.id not in found[move.state, move.event, move.sender]:
                found[move.state, move.event, move.sender].append(case.id)
    return found


def _head() -> Iterator[str]:
    yield "# The Dataspace Protocol 2025-1, clause by clause"
    yield ""
    yield "Made by `make documents` from the tables of the code (`wire/dsp/paths.py`, `negotiation.py`, `transfer.py`)"
    yield "and the conformance cases (`tests/conformance/cases.txt`, the 65 of the official kit); `make tck` runs it."


def _clauses() -> Iterator[str]:
    yield from ("", "## What the specification asks for", "")
    yield from md.table(
        ("source", "it says", "this node", "shown by"),
        [(c.source, c.says, c.ours, ", ".join(f"`{test}`" for test in c.tests)) for c in CLAUSES],
    )


def _endpoints() -> Iterator[str]:
    yield from ("", "## Endpoints", "", "Below `/dsp/2025-1`; each side has the other's address from the register.", "")
    yield from md.table(("side", "request", "takes", "gives", "status"), [_endpoint(each) for each in ENDPOINTS])


def _endpoint(each: Endpoint) -> tuple[str, ...]:
    takes, gives = (kind.__name__.removeprefix("Root") if kind else "-" for kind in (each.takes, each.gives))
    return each.served_by, f"`{each.method} {each.path}`", takes, gives, str(each.success)


def _moves(kind: str) -> Iterator[str]:
    machine, cases = MACHINES[kind], covered(kind)
    yield from ("", f"## Moves of a {machine.name}", "")
    yield from (
        "Every other pair of state and message is refused with 400. *Prose*: allowed by the text, not drawn.",
        "",
    )
    rows = []
    for row in machine.table:
        shown = ", ".join(cases.get((row.state, row.event, row.sender), [])) or "explorer and table tests"
        drawn = "" if row.drawn else "*prose*"
        rows.append((row.state or "(none)", f"`{row.event}`", row.sender, row.next, drawn, shown))
    yield from md.table(("state", "message", "from", "next", "", "cases"), rows)


def main(arguments: list[str]) -> int:
    """Write the page; with `--check` only say whether it is up to date."""
    if "--check" in arguments:
        return int(not PAGE.exists() or PAGE.read_text("utf-8") != page())
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
