"""The second implementation of the verifier, a static page: its own code says the same of every passport."""

from __future__ import annotations

import datetime as dt
import json
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from tools import make_page

from tegata.log import stamp_line, stamped_text, with_signatures
from tegata.model.base import encode
from tegata.trust import PASSPORT_TYP, open_passport, seal, sign_jws
from tegata.trust.certified import CertifiedKey
from tegata.trust.cms import read_signed
from tegata.trust.content import digest_of
from tegata.trust.private_key import PrivateKey
from tegata.trust.stamped import stamped
from tegata.trust.timestamp import Imprint, pinned, read_request, write_request
from tegata.trust.tsa import Issuer
from tests.trust.certificates import authority, certificate, certified, private
from tests.trust.samples import KEY, RELEASED, but, sound
from tests.trust.test_verify import LETTERS, PATHS, SEALED
from tests.trust.vectors import FILE, case, cases

PAGE = Path(__file__).parents[2] / "docs" / "verify" / "index.html"
HARNESS = Path(__file__).with_name("page.mjs")


def in_page(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the script of the page says of passports."""
    return said_in_page([{name: one[name] for name in ("passport", "data", "trusted")} for one in given])


def said_in_page(asked: list[dict[str, Any]]) -> list[Any]:
    """What the script of the page says, run by node.js."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node.js is not installed")
    done = subprocess.run([node, HARNESS, PAGE], input=json.dumps(asked), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def differences(given: list[dict[str, Any]]) -> list[Any]:
    said = in_page(given)
    assert len(said) == len(given)
    return [
        (one["name"], one["checks"], other["checks"])
        for one, other in zip(given, said, strict=True)
        if (one["verdict"], one["checks"]) != (other["verdict"], other["checks"])
    ]


def test_the_vectors_are_those_that_the_code_makes() -> None:
    assert json.loads(FILE.read_text("utf-8")) == json.loads(json.dumps(cases())), "run `python -m tests.trust.vectors`"


def test_the_page_agrees_on_every_vector() -> None:
    vectors = json.loads(FILE.read_text("utf-8"))
    assert len(vectors) > 75
    assert differences(vectors) == []


def _resigned(dice: random.Random) -> str:
    """A passport with one value replaced by another kind of value, signed by its provider all the same."""
    document = json.loads(encode(sound()))
    *path, last = dice.choice(PATHS)
    place = document
    for step in path:
        place = place[step]
    place[last] = dice.choice(VALUES)
    payload = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sign_jws(payload.encode(errors="surrogatepass"), KEY, typ=PASSPORT_TYP)


VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 2**53 + 1, 2**63, 2**64 - 1, -(2**63), 2**64, 0.5, 1.0, -0.0, 1e16, 1e-5, 1e-7),
    *(1.5e300, 1e22, 123456.789, 1e308, 5e-324, [], {}, [1], [[[[]]]], {"a": {}}, {"b": 1, "a": 2}),
    *("", "a", "\x7f", "\x00", "\u2028", "手形", "\ud800", "𠮷", {"𠮷": 1, "\uffee": 2}, "\\", '"', "/", "\t", "AAAA"),
    *("2026-02-30", "2026-11-25", "0000-01-01", "2026-11-25T01:02:03Z", "2026-11-25T01:02:03.000000Z"),
    *("2026-11-25T25:02:03Z", "2026-11-25T01:02:03+09:00", "2026-11-25T01:02:03+00:00", "2026-11-25T01:02:60Z"),
    *("allow", "deny", "did:key:z6Mk", "sha256:" + "0" * 64),
]
REACHING = ("http://", "https://", "fetch(", "XMLHttpRequest", "WebSocket", "import(", "src=", "<link", "innerHTML")


def _mutant(dice: random.Random) -> str:
    at = dice.randrange(len(SEALED))
    return dice.choice(
        (
            SEALED[:at] + dice.choice(LETTERS) + SEALED[at + 1 :],
            SEALED[:at] + SEALED[at + 1 :],
            SEALED[:at] + dice.choice(".=+/ é\n") + SEALED[at:],
            SEALED[:at],
        )
    )


def _many(seed: int, number: int) -> list[dict[str, Any]]:
    dice = random.Random(seed)
    return [case(str(n), dice.choice((_mutant, _resigned, _resigned))(dice)) for n in range(number)]


def test_the_page_agrees_on_random_passports() -> None:
    assert differences(_many(20261125, 600)) == []


def _deep(depth: int) -> str:
    entry = sound().entry
    body: Any = 1
    for _ in range(depth - 2):  # below the passport and its entry
        body = [body]
    body = {**entry.body, "a": body}
    return sign_jws(encode(sound(entry=but(entry, body=body))), KEY, typ=PASSPORT_TYP)


def test_the_page_agrees_on_what_is_nested_too_deep() -> None:
    given = [case(str(depth), _deep(depth)) for depth in (2, 398, 399, 400, 401, 402, 700)]
    assert [one["checks"][0][1] for one in given] == ["passed", *["passed"] * 2, *["failed"] * 4]
    assert differences(given) == []


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_the_page_agrees_on_very_many_passports(seed: int) -> None:
    assert differences(_many(seed, 5000)) == []


def test_the_page_is_one_file_that_reaches_nothing() -> None:
    page = PAGE.read_text("utf-8")
    assert "default-src 'none'" in page
    named = page.replace("https://www.w3.org/ns/credentials/", "")  # contexts of credentials: names, which nobody opens
    for word in REACHING:
        assert word not in named


@pytest.mark.parametrize(("passport", "verdict"), [(SEALED, "total-passed"), (SEALED[:-2] + "AA", "total-failed")])
def test_a_browser_says_the_same_with_its_own_cryptography(tmp_path: Path, passport: str, verdict: str) -> None:
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("chromium is not installed")
    asked = case("", passport)
    call = ", ".join(json.dumps(asked[name]) for name in ("passport", "data", "trusted"))
    run = f"verifyPassport({call}).then(found => {{ show(found, 1); document.title = found.verdict }})"
    last = 'if (typeof document !== "undefined") page();'
    page = PAGE.read_text("utf-8")
    assert last in page
    (tmp_path / "page.html").write_text(page.replace(last, f"page(); {run}"), encoding="utf-8")
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=10000", "--dump-dom")
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    address = (tmp_path / "page.html").as_uri()
    done = subprocess.run([browser, *flags, profile, address], capture_output=True, text=True, check=False, timeout=90)
    assert f"<title>{verdict}</title>" in done.stdout
    assert ("有効" if verdict == "total-passed" else "無効") in done.stdout


def _stamped(
    kind: str | CertifiedKey, at: dt.datetime = RELEASED, spoil: Callable[[bytes], bytes] = lambda token: token
) -> str:
    """A sound passport whose checkpoint an authority with this key, or one of this kind, has stamped."""
    passport = sound()
    stated = passport.proof.checkpoint
    imprint = Imprint("sha256", digest_of(stamped_text(stated.note))("sha256"))
    issuer = Issuer(certified(kind) if isinstance(kind, str) else kind, "1.2.3", dt.timedelta(seconds=1))
    token = spoil(issuer.token(read_request(write_request(imprint, nonce=1)), 5, at))
    note = with_signatures(stated.note, [stamp_line("tsa.example", token)])
    checkpoint = msgspec.structs.replace(stated, note=note)
    return seal(but(passport, proof=msgspec.structs.replace(passport.proof, checkpoint=checkpoint)), KEY)


def _with_usage(usage: tuple[str, bool] | None) -> CertifiedKey:
    """An authority whose certificate says this of its purpose, and whether that is critical."""
    root_key, root = authority()
    key = private("p256")
    return CertifiedKey(PrivateKey(key), certificate(key, "odd", root, signing_key=root_key, usage=usage))


def _flipped(at: int) -> Callable[[bytes], bytes]:
    return lambda token: token[:at] + bytes([token[at] ^ 1]) + token[at + 1 :]


def _uncertified(token: bytes) -> bytes:
    return read_signed(token)._replace(certificates=()).encode()


def test_the_page_agrees_on_time_stamps() -> None:
    good = [case(kind, _stamped(kind)) for kind in ("p256", "p384", "p521", "rsa", "ed25519")]
    assert [one["checks"][-1] for one in good] == [["time", "passed"]] * 5
    forbidden = [("code", True), ("time_stamping", False), None]
    early = dt.datetime(2019, 1, 1, tzinfo=dt.UTC)
    dice = random.Random(7)
    bad = [
        case("before its certificate", _stamped("p256", early)),
        *(case(f"used for {usage}", _stamped(_with_usage(usage))) for usage in forbidden),
        case("no certificate", _stamped("p256", spoil=_uncertified)),
        case("garbage", _stamped("p256", spoil=lambda _: b"0\x03abc")),
        case("cut off", _stamped("p256", spoil=lambda token: token[:-1])),
        case("more behind", _stamped("p256", spoil=lambda token: token + b"\x00")),
        *(case(f"its last bytes, {at}", _stamped("p256", spoil=_flipped(at))) for at in range(-60, 0, 6)),
    ]
    assert all(one["checks"][-1] == ["time", "failed"] for one in bad)
    flips = [case("a flipped bit", _stamped("rsa", spoil=_flipped(dice.randrange(60, 240)))) for _ in range(20)]
    assert differences(good + bad + flips) == []


def test_the_page_trusts_the_authorities_of_its_reader() -> None:
    """Whether by the certificate of the authority or by one above it, and whom nobody vouches for is told apart."""
    passports = {kind: _stamped(kind) for kind in ("p256", "p384", "p521", "rsa", "ed25519")}
    stranger = certificate(private("p256", 5), "somebody else")
    anchors = {
        "above": [authority()[1].x509],
        "itself": [certified("p256").x509],
        "another": [stranger],
        "both": [stranger, certified("rsa").x509],
        "none": [],
    }
    asked, expected = [], []
    for given in anchors.values():
        pem = "".join(one.public_bytes(Encoding.PEM).decode() for one in given)
        for passport in passports.values():
            asked.append({"passport": passport, "data": None, "trusted": {}, "clocks": pem})
            found = stamped(open_passport(passport).proof.checkpoint.note, pinned(given))
            expected.append([(f"{one.at:%Y%m%d%H%M%S}", one.trusted) for one in found])
    said = [[(one["at"][:14], one["trusted"]) for one in told["stamps"]] for told in said_in_page(asked)]
    assert said == expected
    assert sum(trusted for ((_, trusted),) in expected) == 5 + 1 + 0 + 1 + 0


@pytest.mark.parametrize("kind", ["p256", "rsa", "ed25519"])
def test_the_page_takes_no_token_that_we_do_not_take(kind: str) -> None:
    """One bit turned anywhere: the page says the same, or that it does not know the algorithm that it now names."""
    dice, size = random.Random(kind), 800
    given = [case("", _stamped(kind, spoil=_flipped(dice.randrange(size)))) for _ in range(150)]
    assert [one for one in differences(given) if one[2][-1] != ["time", "indeterminate"]] == []


def test_a_browser_without_an_algorithm_says_so() -> None:
    given = case("ml-dsa", _stamped("ml-dsa-65"))
    (told,) = in_page([given])
    assert (given["checks"][-1], told["checks"][-1]) == (["time", "passed"], ["time", "indeterminate"])


def test_the_page_is_made_of_its_parts() -> None:
    assert PAGE.read_text("utf-8") == make_page.page(), "run `make documents`"
    parts = sorted(one.stem for one in (PAGE.parent / "src").glob("*.js"))
    assert parts == sorted(make_page.PARTS)
