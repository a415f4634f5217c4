"""Hash chains: each message travels alone, and is vouched for only by its own way to what was signed."""

from __future__ import annotations

import hashlib
from typing import Final

import pytest

from tegata.model.errors import VerificationError
from tegata.model.evidence import Verification
from tegata.trust import der
from tegata.trust.ades.asic import verify_container
from tegata.trust.ades.hash_chain import HashChain
from tests.trust.ades.samples import PASSED, TRUST, said, token
from tests.trust.ades.test_asice import packed
from tests.trust.ades.test_xades import DS, FORM, HASH, SHA256, SIGNED, TYPE, b64, signature

pytest.importorskip("lxml")
SPACES: Final = f'xmlns="{DS}" xmlns:h="http://cyber.ee/hashchain"'
MESSAGE: Final = b"<message/>"
OTHERS: Final = bytes(range(32))


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def valued(kind: str, digest: bytes, uri: str = "") -> str:
    return f'<h:{kind} URI="{uri}"><DigestValue>{b64(digest)}</DigestValue></h:{kind}>'


def step(*digests: bytes) -> bytes:
    singles = (der.sequence(der.octets(one), der.tlv(0x0C, SHA256.encode()), der.sequence()) for one in digests)
    return sha256(der.sequence(*singles))


def steps(**inside: str) -> bytes:
    told = "".join(f'<h:HashStep id="{name}">{values}</h:HashStep>' for name, values in inside.items())
    return f'<h:HashChain {SPACES}><h:DefaultDigestMethod Algorithm="{SHA256}"/>{told}</h:HashChain>'.encode()


def result(digest: bytes, uri: str = "/chain.xml#top") -> bytes:
    method = f'<DigestMethod Algorithm="{SHA256}"/><DigestValue>{b64(digest)}</DigestValue>'
    return f'<h:HashChainResult URI="{uri}" {SPACES}>{method}</h:HashChainResult>'.encode()


def chain(name: str = "message.xml", data: bytes = MESSAGE) -> dict[str, bytes]:
    """Files of a chain of two steps, with messages of others beside the one."""
    low = step(sha256(data), OTHERS)
    inner = valued("DataRef", sha256(data), f"/{name}") + valued("HashValue", OTHERS)
    top = valued("HashValue", OTHERS) + '<h:StepRef URI="#low"/>'
    return {"chain.xml": steps(low=inner, top=top), "result.xml": result(step(OTHERS, low))}


def told(files: dict[str, bytes], signed: bytes | None = None) -> Verification:
    document = signed or signature(files={"result.xml": chain()["result.xml"]})
    return verify_container(packed({"mimetype": TYPE.encode(), SIGNED: document, **files}), TRUST)


def test_a_message_and_its_way() -> None:
    assert said(told({"message.xml": MESSAGE, **chain()})) == PASSED
    assert HashChain(chain()["result.xml"], chain()).files == set()  # a message that is elsewhere


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("message.xml", b"<other/>", HASH),
        ("message2.xml", b"<other/>", FORM),
        ("result.xml", result(bytes(32)), HASH),
        ("chain.xml", chain()["chain.xml"].replace(b64(OTHERS).encode(), b64(bytes(32)).encode(), 1), HASH),
        ("chain.xml", chain()["chain.xml"].replace(b'id="low"', b'id="lower"'), FORM),
        ("chain.xml", chain()["chain.xml"].replace(b"</h:HashChain>", b'<h:HashStep id="low"/></h:HashChain>'), FORM),
        ("chain.xml", chain()["chain.xml"].replace(b'"#low"', b'"#top"'), FORM),
        ("chain.xml", chain()["chain.xml"].replace(b'"#low"', b'"/message.xml#low"'), FORM),
        ("chain.xml", chain()["chain.xml"].replace(b"#sha256", b"#md5"), FORM),
        ("chain.xml", chain()["chain.xml"].replace(b"<h:HashChain", b"<!DOCTYPE a><h:HashChain"), FORM),
        ("chain.xml", chain()["chain.xml"].replace(b"</h:HashStep>", b"<h:New/></h:HashStep>", 1), FORM),
        ("chain.xml", b"", FORM),
    ],
)
def test_a_way_that_leads_elsewhere(name: str, data: bytes, expected: tuple[str, str]) -> None:
    assert said(told({"message.xml": MESSAGE, **chain(), name: data})) == expected


def test_steps_that_call_each_other_many_times_end() -> None:
    """Each of 60 steps calls the next one twice: 2^60 visits."""
    called = {f"s{i}": f'<h:StepRef URI="#s{i + 1}"/><h:StepRef URI="#s{i + 1}"/>' for i in range(60)}
    bomb = steps(**called, s60=valued("HashValue", OTHERS))
    with pytest.raises(VerificationError, match="too many"):
        HashChain(result(OTHERS, "/chain.xml#s0"), {"chain.xml": bomb})


def stamped(over: str, what: str, files: dict[str, bytes]) -> dict[str, bytes]:
    """A time-stamp over a file, by a manifest or, as X-Road has it, of the file itself."""
    manifest = (
        f'<a:ASiCManifest xmlns:a="http://uri.etsi.org/2918/v1.2.1#" xmlns:ds="{DS}">'
        '<a:SigReference URI="META-INF/timestamp.tst"/>'
        f'<a:DataObjectReference URI="{over}"><ds:DigestMethod Algorithm="{SHA256}"/>'
        f"<ds:DigestValue>{b64(sha256(files[over]))}</ds:DigestValue></a:DataObjectReference></a:ASiCManifest>"
    ).encode()
    stamp = token(files[over] if what == "file" else manifest)
    return {**files, "META-INF/ASiCManifest.xml": manifest, "META-INF/timestamp.tst": stamp}


@pytest.mark.parametrize("what", ["file", "manifest"])
def test_a_time_stamp_over_a_chain(what: str) -> None:
    document = signature(files={"message.xml": MESSAGE})
    files = {"message.xml": MESSAGE, **chain(SIGNED, document)}
    whole = told(stamped("result.xml", what, files), document)
    assert (said(whole), [one.verdict for one in whole.checks if one.name == "time-stamp"]) == (PASSED, ["passed"])
    spoilt = told({**stamped("result.xml", what, files), **chain(SIGNED, b"another")}, document)
    assert [one.verdict for one in spoilt.checks if one.name == "time-stamp"] == ["indeterminate"]


def test_what_is_only_stamped_is_not_signed() -> None:
    document = signature(files={"message.xml": MESSAGE})
    files = stamped("added.xml", "manifest", {"message.xml": MESSAGE, "added.xml": b"<added/>"})
    assert said(told(files, document)) == FORM
