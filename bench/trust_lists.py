"""Trusted lists: thirty national lists of 140 services each, read, verified and indexed from disk in a new process.

They are made here, larger than the largest that is published (0.9 MB each); every certificate in them is its own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
from tests.trust.lists.samples import AT, LIST, OPERATOR, certified
from tests.trust.pki.authority import Party

from bench.measure import Figure
from tegata.model.trusted_list import DigitalIdentity, ListedService, TrustedList
from tegata.trust.lists import Index, open_xml_list, write_xml_list

_LISTS, _SERVICES = 30, 140
_COLD = """
import time; start = time.perf_counter()
import sys
from pathlib import Path
from tegata.trust.lists import Index, open_xml_list
folder, signers = Path(sys.argv[1]), [Path(sys.argv[2]).read_bytes()]
lists = [open_xml_list(path.read_bytes(), signers) for path in sorted(folder.glob("*.xml"))]
index = Index(lists)
print(time.perf_counter() - start, time.process_time(), len(index))
"""


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "signer").write_bytes(OPERATOR.certificate.der)
        for number in range(_LISTS):
            (folder / f"{number:02}.xml").write_bytes(write_xml_list(_national(number), certified(OPERATOR), AT))
        ran = [sys.executable, "-c", _COLD, name, str(folder / "signer")]
        seconds, processor, indexed = subprocess.run(ran, capture_output=True, check=True, text=True).stdout.split()
        found = open_xml_list((folder / "00.xml").read_bytes(), [OPERATOR.certificate.der])
    if int(indexed) != _LISTS * _SERVICES:
        raise RuntimeError(f"{indexed} certificates were indexed")
    return [
        Figure("thirty national lists read, verified and indexed, cold", float(seconds), 5.0, "s"),
        Figure("the same, processor time", float(processor), 5.0, "s"),
        Figure("who vouches for a certificate, looked up", _lookup(found) * 1e3, 1.0, "ms"),
    ]


def _national(number: int) -> TrustedList:
    services = []
    for place in range(_SERVICES):
        standing = LIST.providers[0].services[0].standings[0]
        der = Party(f"authority {number}.{place}").certificate.der
        one = msgspec.structs.replace(standing, identity=DigitalIdentity(certificates=(der,) * 3))
        services.append(ListedService(standings=(one, one, one)))
    provider = msgspec.structs.replace(LIST.providers[0], services=tuple(services))
    return msgspec.structs.replace(LIST, territory=f"{number:02}", providers=(provider,))


def _lookup(found: TrustedList) -> float:
    authority = Party("one of many")
    leaf = Party("leaf", authority, authority=False)
    listed = msgspec.structs.replace(
        LIST.providers[0].services[0].standings[0], identity=DigitalIdentity(certificates=(authority.certificate.der,))
    )
    provider = msgspec.structs.replace(LIST.providers[0], services=(ListedService(standings=(listed,)),))
    index = Index([found, msgspec.structs.replace(LIST, providers=(provider,))])
    index.find(leaf.certificate, AT)
    start = time.perf_counter()
    for _ in range(1000):
        index.find(leaf.certificate, AT)
    return (time.perf_counter() - start) / 1000
