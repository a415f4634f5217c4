"""What PKITS does not ask: time, hostile crowds of certificates, weak algorithms, trust in the certificate itself."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from hypothesis import given
from hypothesis import strategies as st

from tegata.model.errors import InputError
from tegata.trust.pki import Algorithms, Anchor, Certificate, PathPolicy, PathResult, RevocationList, validate_path
from tests.trust.pki.authority import END, START, Party

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
ROOT = Party("root")
MIDDLE = Party("middle", ROOT)
LEAF = Party("leaf", MIDDLE, authority=False)
LISTS = (ROOT.revokes(), MIDDLE.revokes())


def judge(leaf: Party = LEAF, *, others: tuple[Certificate, ...] = (MIDDLE.certificate,), **more: object) -> PathResult:
    asked = {"anchors": [Anchor(ROOT.certificate)], "lists": LISTS, "at": NOON} | more
    return validate_path(leaf.certificate, others=others, **asked)  # type: ignore[arg-type]


def indication(result: PathResult) -> str:
    return result.verification.sub_indication


def test_every_step_is_told() -> None:
    result = judge()
    assert result.passed
    assert [check.name for check in result.verification.checks] == [
        "chain", "signatures", "algorithms", "dates", "authorities", "extensions", "names", "policies", "revocation",
    ]  # fmt: skip
    assert result.chain is not None
    assert result.chain.links == (MIDDLE.certificate, LEAF.certificate)


def test_a_certificate_that_is_an_anchor_needs_no_path() -> None:
    assert judge(anchors=[Anchor(LEAF.certificate)], lists=()).passed


def test_without_a_way_to_an_anchor_nothing_is_known() -> None:
    assert indication(judge(others=())) == "NO_CERTIFICATE_CHAIN_FOUND"


@pytest.mark.parametrize(("at", "expected"), [(NOON, "REVOKED_NO_POE"), (NOON - 2 * DAY, "")])
def test_what_was_revoked_later_was_not_revoked_then(at: dt.datetime, expected: str) -> None:
    lists = (ROOT.revokes(), MIDDLE.revokes(LEAF.certificate, at=NOON - DAY, issued=NOON))
    result = judge(lists=lists, at=at)
    assert indication(result) == expected
    assert (result.revoked is not None) == bool(expected)


def test_a_revoked_authority_is_told_apart() -> None:
    assert indication(judge(lists=(ROOT.revokes(MIDDLE.certificate), MIDDLE.revokes()))) == "REVOKED_CA_NO_POE"


def test_a_list_issued_after_the_certificate_expired_proves_nothing() -> None:
    late = MIDDLE.revokes(issued=END + DAY, until=END + 9 * DAY)
    assert indication(judge(lists=(ROOT.revokes(), late))) == "CERTIFICATE_CHAIN_GENERAL_FAILURE"


def test_a_list_by_somebody_of_the_same_name_counts_for_nothing() -> None:
    assert (
        indication(judge(lists=(ROOT.revokes(), Party("middle", Party("root")).revokes())))
        == "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    )


def test_dates_are_of_the_time_in_question() -> None:
    """EN 319 102-1 clause 5.2.6: what lists say weighs more, and dates alone are mended by a proof of existence."""
    unasked = PathPolicy(revocation=False)
    assert indication(judge(at=START - DAY, policy=unasked)) == "OUT_OF_BOUNDS_NO_POE"
    assert indication(judge(at=END + DAY, policy=unasked)) == "OUT_OF_BOUNDS_NO_POE"
    short, at = Party("short", MIDDLE, authority=False, until=END - 2 * DAY), END - DAY
    for lists, policy, expected in (
        (LISTS, PathPolicy(), "OUT_OF_BOUNDS_NOT_REVOKED"),
        (LISTS, unasked, "OUT_OF_BOUNDS_NO_POE"),
        ((), PathPolicy(), "CERTIFICATE_CHAIN_GENERAL_FAILURE"),
        ((ROOT.revokes(), MIDDLE.revokes(until=END - 3 * DAY)), PathPolicy(), "TRY_LATER"),
        ((ROOT.revokes(), MIDDLE.revokes(short.certificate)), PathPolicy(), "REVOKED_NO_POE"),
    ):
        result = judge(short, at=at, lists=lists, policy=policy)
        assert indication(result) == expected
        assert [check.verdict for check in result.verification.checks if check.name == "dates"] == ["indeterminate"]


def test_a_leaf_does_not_issue() -> None:
    below = Party("below", LEAF, authority=False)
    result = judge(below, others=(MIDDLE.certificate, LEAF.certificate))
    assert indication(result) == "CERTIFICATE_CHAIN_GENERAL_FAILURE"


def test_weak_algorithms_are_the_readers_to_refuse() -> None:
    weak = Party("weak", MIDDLE, authority=False, algorithm=hashes.SHA224())
    assert indication(judge(weak)) == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    assert indication(judge(weak, lists=())) == "CERTIFICATE_CHAIN_GENERAL_FAILURE"  # weighs more
    ended = Party("ended", MIDDLE, authority=False, algorithm=hashes.SHA224(), until=NOON - DAY)
    assert indication(judge(ended)) == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"  # and dates less


def test_a_list_that_is_signed_weakly_is_no_list() -> None:
    weak = MIDDLE.revokes(algorithm=hashes.SHA224())
    assert indication(judge(lists=(ROOT.revokes(), weak))) == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    lenient = PathPolicy(algorithms=Algorithms(hashes=frozenset({"sha224", "sha256"})))
    assert judge(lists=(ROOT.revokes(), weak), policy=lenient).passed


def test_a_crowd_of_namesakes_costs_no_more_than_the_bound() -> None:
    """Twelve names, each with four keys, all cross-signed: 4^12 chains by name, none of them good."""
    rows = [[Party(f"row {i}") for _ in range(4)] for i in range(6)]
    crowd = [child.certify(parent) for below, above in itertools.pairwise(rows) for child in below for parent in above]
    leaf = Party("last", rows[0][0], authority=False)
    assert not judge(leaf, others=tuple(crowd)).passed


def test_the_good_chain_is_found_in_a_crowd() -> None:
    crowd = tuple(Party("middle", Party("root")).certificate for _ in range(60))
    assert judge(others=(*crowd, MIDDLE.certificate)).passed


def test_too_many_names_under_constraints_are_refused_at_once() -> None:
    trees = [x509.DNSName(f"n{i}.example") for i in range(400)]
    middle = Party("busy", ROOT, extensions=[(x509.NameConstraints(trees, None), True)])
    names = x509.SubjectAlternativeName([x509.DNSName(f"a.n{i}.example") for i in range(400)])
    leaf = Party("many", middle, authority=False, extensions=[(names, False)])
    result = judge(leaf, others=(middle.certificate,), policy=PathPolicy(revocation=False))
    assert "more constraints than can be compared" in result.verification.checks[-1].say.en


@pytest.mark.parametrize(
    ("permitted", "excluded", "name", "allowed"),
    [
        ("example.com", "", "www.example.com", True),
        ("example.com", "", "badexample.com", False),
        ("", "secret.example.com", "*.example.com", False),  # the wildcard reaches into what is excluded
        ("", "secret.example.com", "*.example.org", True),
        (".example.com", "", "www.example.com", True),
        ("example.com", "", ".example.com", False),  # no host has such a name
        ("example.com", "", "a..example.com", False),
        ("", "example.org", "a..example.com", False),
        ("", "example..org", "example.com", False),  # what it excludes is not known
        ("@example.com", "", "a@example.com", True),
        ("@example.com", "", "a@example.org", False),
        ("@example.com", "", "a@example.org@example.com", False),  # the host may begin at either
        ("", "@example.org", "a@example.org@example.com", False),
        ("", "a@b@example.org", "a@example.com", False),
    ],
)
@pytest.mark.parametrize("stated", ["by an authority", "by the anchor"])
def test_names_under_constraints(permitted: str, excluded: str, name: str, allowed: bool, stated: str) -> None:
    """What an anchor says of whom it names binds it as any other authority (RFC 5937)."""
    constraint = x509.NameConstraints(*([_general(tree)] if tree else None for tree in (permitted, excluded)))
    anchored = stated == "by the anchor"
    narrow = Party("narrow", None if anchored else ROOT, extensions=[(constraint, True)])
    alternative = x509.SubjectAlternativeName([_general(name)])
    leaf = Party("host", narrow, authority=False, extensions=[(alternative, False)])
    anchors = [Anchor((narrow if anchored else ROOT).certificate)]
    others = () if anchored else (narrow.certificate,)
    passed = judge(leaf, others=others, anchors=anchors, policy=PathPolicy(revocation=False)).passed
    assert passed is allowed


def _general(name: str) -> x509.GeneralName:
    """Also such as `cryptography` makes for nobody, and reads from anybody."""
    kind = x509.RFC822Name if "@" in name else x509.DNSName
    return kind._init_without_validation(name.removeprefix("@"))


@given(st.binary(max_size=200), st.integers(0, 10_000))
def test_no_bytes_bring_a_reader_down(noise: bytes, place: int) -> None:
    der = LEAF.certificate.der
    start = place % len(der)
    damaged = der[:start] + noise + der[start + len(noise) :]
    for read in (Certificate.read, RevocationList.read):
        for data in (noise, damaged):
            with contextlib.suppress(InputError):
                read(data)


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_damaged_certificate_is_never_good(place: int, byte: int) -> None:
    der = bytearray(LEAF.certificate.der)
    der[place % len(der)] = byte
    try:
        damaged = Certificate.read(bytes(der))
    except InputError:
        return
    result = validate_path(
        damaged, anchors=[Anchor(ROOT.certificate)], others=[MIDDLE.certificate], lists=LISTS, at=NOON
    )
    assert result.passed == (damaged == LEAF.certificate)
