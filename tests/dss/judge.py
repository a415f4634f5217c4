"""EU DSS on the JVM: fetched once from Maven Central, kept running, asked about one signature after the other."""

from __future__ import annotations

import base64
import datetime as dt
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from tests.dss.policy import policy

HERE = Path(__file__).parent
LIBRARY = HERE.parents[1] / "build" / "dss"
POLICY = LIBRARY / "policy.xml"


class Answer(NamedTuple):
    """Of the worst signature. `indication` as DSS says it, or UNREADABLE when it reads no signature."""

    signatures: int
    level: str
    indication: str
    sub_indication: str
    words: str

    @property
    def main(self) -> str:
        """What DSS reads no signature in has failed: EN 319 102-1 calls it FORMAT_FAILURE."""
        return "TOTAL_FAILED" if self.indication == "UNREADABLE" else self.indication

    @property
    def sub(self) -> str:
        return "FORMAT_FAILURE" if self.indication == "UNREADABLE" else self.sub_indication


class Brought(NamedTuple):
    """When its signer says that it was made, and the upper ends of the chains that came with it (DER)."""

    stated: dt.datetime | None
    ends: tuple[bytes, ...]


def available() -> str:
    """Why it cannot be asked here, or nothing."""
    return "" if shutil.which("java") and shutil.which("mvn") else "a JDK and Maven are not installed"


def fetch() -> None:
    if not all(any(LIBRARY.glob(f"dss-{name}-*.jar")) for name in ("pades-pdfbox", "asic-xades")):
        command = ["mvn", "-q", "-B", "-f", HERE / "pom.xml", "dependency:copy-dependencies"]
        subprocess.run([*command, f"-DoutputDirectory={LIBRARY}"], check=True, stdout=sys.stderr)
    POLICY.write_bytes(policy(next(LIBRARY.glob("dss-policy-jaxb-*.jar"))))


class Judge:
    """One running program. `anchors` is a PKCS #7 file of certificates, `lists` of revocation in DER."""

    def __init__(self, remembered: Path | None = None) -> None:
        """`remembered`: where answers about files that never change are kept, for the next time."""
        self._file = remembered
        self._known = json.loads(remembered.read_text()) if remembered and remembered.exists() else {}
        command = ["java", "-cp", f"{LIBRARY}/*", str(HERE / "java" / "Judge.java")]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def ask(
        self,
        signature: Path,
        beside: Sequence[Path],
        *,
        anchors: Path | None,
        lists: Sequence[Path] = (),
        at: dt.datetime,
    ) -> Answer:
        known = (POLICY, anchors or "-", ";".join(map(str, lists)) or "-")
        said = self._said(int(at.timestamp() * 1000), *known, signature, *beside)
        count, level, indication, sub, *words = said
        return Answer(int(count), level, indication, sub, " ".join(words))

    def brought(self, signature: Path) -> Brought:
        """What there is to judge it by."""
        at, *ends = self._said(0, POLICY, "-", "-", signature)
        if "UNREADABLE" in ends:
            return Brought(None, ())
        stated = dt.datetime.fromtimestamp(int(at) / 1000, dt.UTC) if at != "-" else None
        return Brought(stated, tuple(base64.b64decode(one) for one in ends if one))

    def bundle(self, folder: Path, certificates: list[bytes]) -> Path | None:
        """A PKCS #7 file of certificates, as DSS reads them."""
        if not certificates:
            return None
        path, pem = folder / f"{sha256(b''.join(certificates)).hexdigest()}.p7c", folder / "anchors.pem"
        if not path.exists():
            begin, end = "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n"
            pem.write_text("".join(begin + base64.encodebytes(one).decode() + end for one in certificates))
            command = ["openssl", "crl2pkcs7", "-nocrl", "-certfile", pem, "-outform", "der", "-out", path]
            subprocess.run(command, check=True)
        return path

    def _said(self, *task: object) -> list[str]:
        contents = (one.read_bytes() if isinstance(one, Path) else str(one).encode() for one in task)
        key = sha256(b"".join(sha256(one).digest() for one in contents)).hexdigest()
        if self._file is None or key not in self._known:
            self._known[key] = self._asked(*task)
            self._keep(now=len(self._known) % 64 == 0)
        return list(self._known[key])

    def _keep(self, *, now: bool) -> None:
        if self._file and now:
            self._file.write_text(json.dumps(self._known))

    def _asked(self, *task: object) -> list[str]:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("no pipes")
        print(*task, sep="\t", file=self._process.stdin, flush=True)
        return self._process.stdout.readline().rstrip("\n").split("\t")

    def close(self) -> None:
        self._keep(now=True)
        self._process.communicate()
