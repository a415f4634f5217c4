"""The static page follows certificates to the anchors of its reader: it trusts whom `tegata verify --tsa` trusts."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import ipaddress
import itertools
import json
import random
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from tegata.model.errors import InputError
from tegata.trust.pki import Anchor, Certificate, PathPolicy, validate_path
from tests.shared_data import shared_data
from tests.trust.pki.authority import END, START, Party, named
from tests.trust.pki.test_pkits import certificate as of_pkits
from tests.trust.test_page import said_in_page

AT = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
ROOT = Party("root")
MIDDLE = Party("middle", ROOT)
TIME = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
DAYS = {"first": START, "before": START - SECOND, "last": END, "after": END + SECOND, "just after": END + SECOND / 2}


class Question(NamedTuple):
    """Whether a certificate (DER), with what came along, leads to an anchor at a time."""

    name: str
    leaf: bytes
    others: tuple[bytes, ...]
    anchor: bytes
    at: dt.datetime = AT


def ours(asked: Question) -> bool:
    anchors, others = [Anchor(Certificate.read(asked.anchor))], list(readable(*asked.others))
    more: dict[str, Any] = {"others": others, "at": asked.at, "policy": PathPolicy(revocation=False)}
    return any(validate_path(one, anchors=anchors, **more).passed for one in readable(asked.leaf))


def readable(*certificates: bytes) -> Iterator[Certificate]:
    for der in certificates:
        with contextlib.suppress(InputError):
            yield Certificate.read(der)


def theirs(asked: list[Question]) -> list[bool | None]:
    def path(one: Question) -> dict[str, Any]:
        certificates = [base64.b64encode(der).decode() for der in (one.leaf, *one.others)]
        at = f"{one.at:%Y%m%d%H%M%S.%f}".rstrip("0").rstrip(".") if one.at.microsecond else f"{one.at:%Y%m%d%H%M%S}"
        return {"certificates": certificates, "anchors": [base64.b64encode(one.anchor).decode()], "at": at}

    return said_in_page([{"path": path(one)} for one in asked])


def differing(asked: list[Question]) -> list[tuple[str, bool, bool | None]]:
    return [
        (one.name, ours(one), said) for one, said in zip(asked, theirs(asked), strict=True) if ours(one) is not said
    ]


def test_the_page_judges_paths_of_pkits_as_we_do() -> None:
    """Without what the set asks of revocation and of the reader's own policies, which the page does not ask either."""
    folder = shared_data("pkits")
    names = ("pkits.json", "pkits-user-notice.json")
    cases = [case for name in names for case in json.loads((folder / name).read_text("utf-8"))]
    at = dt.datetime(2020, 6, 1, tzinfo=dt.UTC)
    anchor = of_pkits(folder, "TrustAnchorRootCertificate.crt").der
    asked = [
        Question(
            f"{case['id']} {case['name']}",
            of_pkits(folder, case["cert"]).der,
            tuple(of_pkits(folder, name).der for name in case.get("other_certs", ())),
            anchor,
            at,
        )
        for case in cases
    ]
    assert differing(asked) == []
    assert (len(asked), sum(map(ours, asked))) == (256, 178)


def below(middle: Party, *extensions: tuple[x509.ExtensionType, bool]) -> Certificate:
    return Party("leaf", middle, authority=False, extensions=extensions).certificate


def asked(
    name: str, leaf: Certificate, *others: Certificate, at: dt.datetime = AT, anchor: Certificate = ROOT.certificate
) -> Question:
    return Question(name, leaf.der, tuple(one.der for one in others), anchor.der, at)


def limited(extension: x509.ExtensionType) -> Certificate:
    """The authority between, with the same key, which says so."""
    return Party("middle", ROOT, key=MIDDLE.key, extensions=[(extension, True)]).certificate


def chains() -> Iterator[Question]:
    leaf = below(MIDDLE)
    yield asked("sound", leaf, MIDDLE.certificate)
    yield asked("no links", leaf)
    yield asked("the leaf is trusted", leaf, anchor=leaf)
    yield asked("the middle is trusted", leaf, anchor=MIDDLE.certificate)
    yield asked("another root of that name", leaf, MIDDLE.certificate, anchor=Party("root").certificate)
    yield asked("a leaf issues", below(Party("leaf", MIDDLE, authority=False)), MIDDLE.certificate, leaf)
    yield from (asked(name, leaf, MIDDLE.certificate, at=at) for name, at in DAYS.items())
    for signs in (True, False):
        middle = limited(x509.KeyUsage(True, False, False, False, False, signs, True, False, False))
        yield asked(f"may sign {signs}", leaf, middle)
    for critical, extension in itertools.product((True, False), (UNKNOWN, TIME)):
        yield asked(f"{critical} {extension}", below(MIDDLE, (extension, critical)), MIDDLE.certificate)
    long = [MIDDLE]
    for depth in range(12):
        long.append(Party(f"depth {depth}", long[-1]))
        yield asked(f"{depth} deep", below(long[-1]), *(one.certificate for one in long))
    crowd = [Party("middle", Party("root")).certificate for _ in range(40)]
    yield asked("in a crowd", leaf, *crowd, MIDDLE.certificate)
    old = [MIDDLE.certify(ROOT, until=START + SECOND) for _ in range(32)]
    yield asked("the good one is tried first", leaf, *old, MIDDLE.certificate)
    yield asked("after 31 that are over", leaf, MIDDLE.certificate, *old[:31])
    yield asked("after as many as are judged", leaf, MIDDLE.certificate, *old)
    loop = [Party("one"), Party("two")]
    yield asked("a loop", below(loop[0]), loop[0].certify(loop[1]), loop[1].certify(loop[0]))
    rubbish = (b"", b"\x30\x03abc", leaf.der[:-1], MIDDLE.certificate.der)
    yield asked("rubbish beside", leaf)._replace(others=rubbish)


def policies() -> Iterator[Question]:
    """Policies that authorities ask for, map and end."""

    def stated(*names: str) -> x509.CertificatePolicies:
        oids = [x509.ObjectIdentifier(name) for name in names]
        return x509.CertificatePolicies([x509.PolicyInformation(oid, None) for oid in oids])

    said = {"none": None, "one": stated("1.2.3"), "two": stated("1.2.3", "1.2.4"), "any": stated("2.5.29.32.0")}
    limits = (x509.PolicyConstraints(0, None), x509.PolicyConstraints(1, 0), x509.InhibitAnyPolicy(0))
    for (above, one), (name, other), limit in itertools.product(said.items(), said.items(), limits):
        extensions = [(limit, True), *([(one, False)] if one else [])]
        middle = Party("middle", ROOT, key=MIDDLE.key, extensions=extensions).certificate
        leaf = below(MIDDLE, *([(other, False)] if other else []))
        yield asked(f"{above}, {name}, {limit}", leaf, middle)


def constraints() -> Iterator[Question]:
    """What an authority may name, and what is below it."""
    kinds = (x509.DNSName, x509.RFC822Name, x509.UniformResourceIdentifier)
    dns, mail, uri = (kind._init_without_validation for kind in kinds)  # also what nobody should make
    trees: list[x509.GeneralName] = [
        *map(dns, ("example.jp", ".example.jp", "", "a.example.jp", "a..example.jp")),
        *map(mail, ("example.jp", ".example.jp", "me@example.jp", "a@b@example.jp")),
        *map(uri, ("example.jp", ".example.jp")),
        *(x509.IPAddress(ipaddress.ip_network(one)) for one in ("192.0.2.0/24", "2001:db8::/32", "0.0.0.0/0")),
        *(x509.DirectoryName(named(one)) for one in ("leaf", "LEAF ", "other")),
    ]
    given: list[x509.GeneralName] = [
        *map(dns, ("example.jp", "www.example.jp", "badexample.jp", "*.example.jp", "*.jp", "EXAMPLE.JP")),
        *map(dns, (".example.jp", "b..example.jp", "*..example.jp", "example.jp.")),
        *map(mail, ("me@example.jp", "ME@example.jp", "you@a.example.jp", "x@EXAMPLE.jp", "a@b@example.jp")),
        *map(uri, ("https://example.jp/x", "https://me@a.example.jp:8/", "urn:x", "https://192.0.2.1/")),
        *(x509.IPAddress(ipaddress.ip_address(one)) for one in ("192.0.2.7", "198.51.100.1", "2001:db8::1")),
        x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
    ]
    leaves = [below(MIDDLE, (x509.SubjectAlternativeName([name]), False)) for name in given]
    for tree in trees:
        for limit in (x509.NameConstraints([tree], None), x509.NameConstraints(None, [tree])):
            middle = limited(limit)
            for name, leaf in zip(given, leaves, strict=True):
                yield asked(f"{limit} {name}", leaf, middle)
                yield asked(f"the anchor: {limit} {name}", leaf, anchor=middle)


def mutants() -> Iterator[Question]:
    """One bit of the certificate, or of the one above it, turned."""
    dice, leaf = random.Random(20261126), below(MIDDLE, (x509.SubjectAlternativeName([x509.DNSName("a.jp")]), False))
    for number in range(500):
        place, spoilt = dice.randrange(2), [bytearray(leaf.der), bytearray(MIDDLE.certificate.der)]
        spoilt[place][dice.randrange(len(spoilt[place]))] ^= 1 << dice.randrange(8)
        yield Question(f"mutant {number}", bytes(spoilt[0]), (bytes(spoilt[1]),), ROOT.certificate.der)


@pytest.mark.parametrize("made", [chains, policies, constraints])
def test_the_page_trusts_whom_we_trust(made: Any) -> None:
    given = list(made())
    assert differing(given) == []
    assert 0 < sum(map(ours, given)) < len(given)


def test_no_bit_of_a_certificate_may_turn() -> None:
    given = list(mutants())
    assert differing(given) == []
    assert not any(map(ours, given))


def test_a_signature_is_a_whole_number_of_bytes() -> None:
    """Its last bit could be called unused by anybody where it is 0."""
    leaf = next(leaf for leaf in iter(lambda: below(MIDDLE), None) if not leaf.der[-1] & 1)
    at = len(leaf.der) - len(leaf.parsed.signature) - 1
    other = leaf.der[:at] + b"\x01" + leaf.der[at + 1 :]
    given = [Question("", der, (MIDDLE.certificate.der,), ROOT.certificate.der) for der in (leaf.der, other)]
    assert ([ours(one) for one in given], theirs(given)) == ([True, False], [True, False])


def keys() -> Iterator[Question]:
    """Signatures of every kind that is made here."""
    digests = (hashes.SHA256(), hashes.SHA384(), hashes.SHA512(), hashes.SHA224())
    large = rsa.generate_private_key(65537, 2048)
    usual = [large, *map(ec.generate_private_key, (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()))]
    for (number, key), digest in itertools.product(enumerate(usual), digests):
        yield signed(f"key {number} {digest.name}", key, digest)
    yield signed("brainpool", ec.generate_private_key(ec.BrainpoolP256R1()), hashes.SHA256())
    yield signed("sha3", usual[1], hashes.SHA3_256())
    yield signed("ed25519", ed25519.Ed25519PrivateKey.generate(), None)
    yield signed("ml-dsa", mldsa.MLDSA44PrivateKey.generate(), None)
    yield signed("rsa 1024", rsa.generate_private_key(65537, 1024), hashes.SHA256())
    for digest, salt in itertools.product((hashes.SHA256(), hashes.SHA512()), (32, 64, 20, 0)):
        yield signed(f"pss {digest.name} {salt}", large, digest, padding.PSS(padding.MGF1(digest), salt))


def signed(name: str, key: Any, digest: Any, how: Any = None) -> Question:
    root, more = named("root of a kind"), {} if how is None else {"rsa_padding": how}
    builder = x509.CertificateBuilder().issuer_name(root).serial_number(7).not_valid_before(START).not_valid_after(END)
    above = builder.subject_name(root).public_key(key.public_key()).sign(key, digest, **more)
    leaf = builder.subject_name(MIDDLE.name).public_key(MIDDLE.key.public_key()).sign(key, digest, **more)
    return Question(name, leaf.public_bytes(Encoding.DER), (), above.public_bytes(Encoding.DER))


def test_what_no_browser_knows_is_left_open() -> None:
    """Never a yes of one against the no of the other."""
    given = list(keys())
    assert differing(given) == [("brainpool", True, None), ("sha3", True, None), ("ml-dsa", True, None)]
    assert sum(map(ours, given)) == len(given) - 5  # SHA-224 by four keys, and the short one


def test_a_hostile_crowd_ends_soon() -> None:
    """Names with several keys each, all certified by all: more paths than could ever be walked."""
    rows = [[Party(f"row {i}") for _ in range(4)] for i in range(5)]
    crowd = [child.certify(parent).der for low, high in itertools.pairwise(rows) for child in low for parent in high]
    same = [Party("crowd") for _ in range(6)]
    crowd += [child.certify(parent).der for child in same for parent in same if child is not parent]
    leaves = (Party("last", rows[0][0], authority=False), Party("last", same[0], authority=False))
    asked = [Question("", leaf.certificate.der, tuple(crowd), ROOT.certificate.der) for leaf in leaves]
    begun = time.monotonic()
    assert theirs(asked) == [False, False]
    assert time.monotonic() - begun < 30
