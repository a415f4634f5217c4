"""Evidence packages that were tampered with: none is taken for one. Strangers check the seal without us.

make soak-packages MUTANTS=1000000
"""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tegata.evidence.answer import Question
from tegata.evidence.package import make_package
from tegata.trust import SigningKey, verify_package
from tegata.trust.ades.asic import verify_container
from tegata.trust.ades.manifest import MANIFEST, SIGNATURE
from tegata.trust.ades.paths import Trust
from tegata.trust.certified import CertifiedKey
from tegata.trust.container import read_container, write_container
from tegata.trust.log_seal import read_seal
from tegata.trust.package import is_package
from tegata.trust.pki import Certificate
from tegata.trust.private_key import PrivateKey
from tegata.trust.sealing import own_certificate, seal_content, seal_package
from tests.evidence.logs import KEY, KEYS, NOW, open_log
from tests.stranger import page
from tests.trust.ades.samples import ROOT, certified

CONFIRMED = ["files", "seal", "inclusion", "checkpoint"]
TRUSTED = {KEY.did: "us"}
LATER = NOW + dt.timedelta(hours=1)
OTHER = SigningKey.generate(b"o" * 32)
MUTANTS = int(os.environ.get("MUTANTS", "1000000"))
Files = dict[str, bytes]


@pytest.fixture
async def packages(tmp_path: Path) -> tuple[bytes, bytes]:
    """Two answers of one log, the second of a later state of it."""
    async with open_log(tmp_path) as log:
        made = []
        for question in ("urn:uuid:1", "urn:uuid:2"):
            await log.add(5)
            asked = Question(about=question)
            made.append(await make_package(log.store, log.evidence, KEYS, asked, NOW))
    return made[0], made[1]


async def test_the_same_answer_at_the_same_time_is_the_same_bytes(packages: tuple[bytes, bytes]) -> None:
    one, _ = packages
    assert is_package(one)
    assert verify_package(one, TRUSTED).verdict == "total-passed"
    files = {name: data for name, data in read_container(one).items() if name not in (MANIFEST, SIGNATURE)}
    assert seal_package(files, KEY, NOW) == one
    assert seal_package(files, KEY, LATER) != one


def by_openssl(folder: Path, package: bytes) -> list[str]:
    """What the commands of the how-to confirm before they stop."""
    if not all(shutil.which(program) for program in ("openssl", "unzip")):
        pytest.skip("openssl and unzip are not both installed")
    folder.mkdir()
    (folder / "evidence.asice").write_bytes(package)
    done = page.run((page.FUNCTIONS, page.PACKAGE), folder)
    found = page.confirmed(done)
    assert (done.returncode == 0) == (found == CONFIRMED), done.stderr
    assert KEY.did in done.stdout or len(found) < 2
    return found


async def test_openssl_confirms_what_is_sound_and_nothing_else(packages: tuple[bytes, bytes], tmp_path: Path) -> None:
    files = read_container(packages[0])
    name = next(name for name in files if name.startswith("entries/"))
    changed = {
        "whole": files,
        "file": {**files, name: files[name] + b" "},
        "more": {**files, "more.txt": b""},
        "manifest": {**files, MANIFEST: files[MANIFEST] + b" "},
        "seal": {**files, SIGNATURE: files[SIGNATURE][:-1] + bytes([files[SIGNATURE][-1] ^ 1])},
    }
    found = {kind: by_openssl(tmp_path / kind, write_container(one)) for kind, one in changed.items()}
    expected = {"whole": CONFIRMED, "file": [], "more": [], "manifest": ["files"], "seal": ["files"]}
    assert found == expected


async def test_openssl_refuses_what_its_owner_sealed_in_the_wrong(tmp_path: Path) -> None:
    """What the seal cannot tell: entries that are not in the log, and a checkpoint that it did not sign."""
    async with open_log(tmp_path) as log:
        await log.add(3)
        made = await make_package(log.store, log.evidence, KEYS, Question(about="did:key:zExample"), NOW)
    files = {name: data for name, data in read_container(made).items() if name not in (MANIFEST, SIGNATURE)}
    one, other, *_ = sorted(name for name in files if name.startswith("entries/"))
    note = files["checkpoint"]
    foreign = b"\n\n\xe2\x80\x94 " + KEY.did.encode() + b" AAAA\n"
    changed = {
        "entry": files | {one: files[one].replace(b'"salt":"', b'"salt":"x')},
        "exchanged": files | {one: files[other], other: files[one]},
        "root": files | {"checkpoint": note.replace(note.split(b"\n")[2], b"A" * 43 + b"=", 1)},
        "signature": files | {"checkpoint": note.replace(b"\n\n", foreign, 1)},
    }
    found = {kind: by_openssl(tmp_path / kind, seal_package(one, KEY, NOW)) for kind, one in changed.items()}
    stopped = ["files", "seal"]
    assert found == {"entry": stopped, "exchanged": stopped, "root": stopped, "signature": [*stopped, "inclusion"]}


async def test_it_is_asic_e_for_whoever_takes_the_owners_certificate_as_anchor(packages: tuple[bytes, bytes]) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    anchor = Certificate.read(own_certificate(KEY).public_bytes(Encoding.DER))
    assert verify_container(packages[0], Trust(anchors=(anchor,), at=LATER)).verdict == "total-passed"
    assert own_certificate(KEY) == own_certificate(KEY)


def resealed(files: Files, key: SigningKey) -> bytes:
    kept = {name: data for name, data in files.items() if name not in (MANIFEST, SIGNATURE, "evidence.json")}
    return seal_package(kept, key, NOW)


async def test_a_seal_of_another_key_is_no_seal_of_the_log(packages: tuple[bytes, bytes]) -> None:
    files = read_container(packages[0])
    whole = verify_package(resealed(files, OTHER), {OTHER.did: "them", **TRUSTED})
    assert whole.verdict == "total-failed"  # the checkpoint is not of that log
    stolen = {**files, SIGNATURE: seal_content(files[MANIFEST], OTHER, NOW)}
    assert verify_package(write_container(stolen), TRUSTED).checks[-1].name == "issuer key"
    certificate = CertifiedKey(PrivateKey(_private()), certified().x509, (ROOT,))
    from tegata.trust.ades.cades import sign_detached

    foreign = {**files, SIGNATURE: sign_detached(files[MANIFEST], certificate, NOW)}
    assert verify_package(write_container(foreign), TRUSTED).verdict == "total-failed"


def _private() -> object:
    from tests.trust.ades.samples import private

    return private("p256")


async def test_a_certificate_in_the_name_of_another(packages: tuple[bytes, bytes]) -> None:
    """The key of a stranger under the did of the log's owner."""
    from cryptography import x509

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, KEY.did)])
    public = read_seal(seal_content(b"", OTHER, NOW)).certificate.public_key()
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(public).serial_number(5)
    forged = OTHER.complete(builder.not_valid_before(NOW).not_valid_after(LATER))

    class Pair:
        public = forged.public_key()
        sign = staticmethod(OTHER.sign)

    from tegata.trust.ades.cades import sign_detached

    files = read_container(packages[0])
    files[SIGNATURE] = sign_detached(files[MANIFEST], CertifiedKey(Pair, forged), NOW)
    told = verify_package(write_container(files), TRUSTED)
    assert (told.verdict, told.checks[-1].name) == ("total-failed", "issuer key")


class Mutator:
    """Ways to tamper. Each gives bytes that differ from both packages, or None."""

    def __init__(self, packages: tuple[bytes, bytes], dice: random.Random) -> None:
        self.one, self.two = packages
        self.files, self.others = read_container(self.one), read_container(self.two)
        self.dice = dice

    def mutant(self) -> bytes:
        while True:
            made = self.dice.choice(WAYS)(self)
            if made not in (self.one, self.two):
                return made

    def place(self, data: bytes) -> int:
        return self.dice.randrange(len(data))

    def bit(self) -> bytes:
        changed = bytearray(self.one)
        changed[self.place(self.one)] ^= 1 << self.dice.randrange(8)
        return bytes(changed)

    def byte(self) -> bytes:
        changed = bytearray(self.one)
        for _ in range(self.dice.randint(1, 4)):
            changed[self.place(self.one)] = self.dice.randrange(256)
        return bytes(changed)

    def cut(self) -> bytes:
        start = self.place(self.one)
        return self.one[:start] + self.one[start + self.dice.randint(1, 64) :]

    def doubled(self) -> bytes:
        start, size = self.place(self.one), self.dice.randint(1, 64)
        return self.one[: start + size] + self.one[start:]

    def spliced(self) -> bytes:
        place = self.place(self.one)
        return self.one[:place] + self.two[place:]

    def a_file_changed(self) -> bytes:
        name = self.dice.choice(list(self.files))
        data = bytearray(self.files[name])
        data[self.place(data)] ^= 1 << self.dice.randrange(8)
        return write_container({**self.files, name: bytes(data)})

    def a_file_less(self) -> bytes:
        gone = self.dice.choice(list(self.files))
        return write_container({name: data for name, data in self.files.items() if name != gone})

    def a_file_more(self) -> bytes:
        name, data = self.dice.choice(list(self.others.items()))
        return write_container({**self.files, f"more/{name}": data})

    def a_file_of_the_other(self) -> bytes:
        name = self.dice.choice(list(self.others))
        return write_container({**self.files, name: self.others[name]})

    def two_files_exchanged(self) -> bytes:
        one, two = self.dice.sample(list(self.files), 2)
        return write_container({**self.files, one: self.files[two], two: self.files[one]})

    def seal_and_manifest_of_the_other(self) -> bytes:
        return write_container({**self.files, MANIFEST: self.others[MANIFEST], SIGNATURE: self.others[SIGNATURE]})

    def a_file_changed_and_listed(self) -> bytes:
        """The manifest follows the change; the seal cannot."""
        files = {name: data for name, data in self.files.items() if name not in (MANIFEST, SIGNATURE)}
        name = self.dice.choice(list(files))
        files[name] = files[name] + b" "
        made = read_container(seal_package({n: d for n, d in files.items() if n != "evidence.json"}, KEY, NOW))
        return write_container({**made, SIGNATURE: self.files[SIGNATURE]})

    def sealed_by_another(self) -> bytes:
        return resealed(self.files, OTHER)


WAYS: tuple[Callable[[Mutator], bytes], ...] = (
    *(Mutator.bit, Mutator.byte, Mutator.cut, Mutator.doubled, Mutator.spliced) * 3,
    Mutator.a_file_changed,
    Mutator.a_file_less,
    Mutator.a_file_more,
    Mutator.a_file_of_the_other,
    Mutator.two_files_exchanged,
    Mutator.seal_and_manifest_of_the_other,
    Mutator.a_file_changed_and_listed,
    Mutator.sealed_by_another,
)


def campaign(packages: tuple[bytes, bytes], count: int, seed: int) -> None:
    mutator, trusted = Mutator(packages, random.Random(seed)), {OTHER.did: "them", **TRUSTED}
    begun = time.perf_counter()
    for number in range(1, count + 1):
        mutant = mutator.mutant()
        assert verify_package(mutant, trusted).verdict == "total-failed", (seed, number)
        if number % 100_000 == 0:
            print(f"{number} mutants, {number / (time.perf_counter() - begun):.0f} a second", file=sys.stderr)


async def test_mutants_are_refused(packages: tuple[bytes, bytes]) -> None:
    campaign(packages, 1500, 7)


@pytest.mark.soak
async def test_a_million_mutants_are_refused(packages: tuple[bytes, bytes]) -> None:
    campaign(packages, MUTANTS, 11)
