"""`make judge-stranger`: a demonstration, and strangers who confirm it by the lines of the how-to, or refuse it.

python -m tests.stranger [FOLDER]        FOLDER: a demonstration made before, else one is made
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.make_verifier import archive

from tegata.tsa.self_signed import self_signed
from tests.stranger import page
from tests.trust.test_page import HARNESS, PAGE

DATA = "received/recipient/hospital-admissions-2025"
TAKEN = {
    "passport.jws": f"{DATA}.passport.jws",
    "data.csv": f"{DATA}.csv",
    "evidence.asice": "evidence.asice",
    "tsa.pem": "tsa.pem",
    "trust.yaml": "trust.yaml",
}
BARE = {"PATH": "/usr/bin:/bin", "HOME": os.environ.get("HOME", "/")}
"""Programs of the system only; HOME is where Maven and pip keep what they fetched."""
CHECKS = {
    page.PASSPORT: ["signature", "data", "inclusion", "checkpoint", "issuer"],
    page.PACKAGE: ["files", "seal", "inclusion", "checkpoint"],
    page.TOGETHER: ["passport", "time"],
}
CONFIRMED_BY_PAGE = ["total-passed", "total-passed", "its clock is trusted"]
Spoilt = Callable[[Path], None]


def main() -> int:
    with tempfile.TemporaryDirectory() as place:
        made = Path(sys.argv[1]) if len(sys.argv) > 1 else demonstrated(Path(place) / "demo-out")
        told = [*sound(made, Path(place) / "sound"), *spoilt(made, Path(place))]
    for name, right, said in told:
        print(f"{'ok   ' if right else 'WRONG'}  {name}: {said}")
    return 0 if all(right for _, right, _ in told) else 1


def demonstrated(out: Path) -> Path:
    subprocess.run([sys.executable, "-m", "tegata.cli", "demo", "--out", str(out), "--quiet"], check=True)
    return out


def sound(made: Path, folder: Path) -> Iterator[tuple[str, bool, str]]:
    """Each stranger on what the demonstration left."""
    take(made, folder)
    done = page.run(page.OPENSSL, folder, BARE)
    wanted = [check for checks in CHECKS.values() for check in checks]
    yield "OpenSSL", done.returncode == 0 and page.confirmed(done) == wanted, shown(done)
    done = page.run((page.DSS,), folder, BARE)
    yield "EU DSS", done.returncode == 0 and shown(done).endswith("; CAdES-BASELINE-B TOTAL_PASSED"), shown(done)
    said = in_page(folder)
    yield "the page", said == CONFIRMED_BY_PAGE, ", ".join(said)
    done = page.run((page.PROGRAM,), folder, BARE)
    yield "the program", confirmed_by_program(done), shown(done)


def spoilt(made: Path, place: Path) -> Iterator[tuple[str, bool, str]]:
    """What each of them says where something was changed."""
    for name, spoil in SPOILT.items():
        folder = place / name.replace(" ", "-")
        take(made, folder)
        spoil(folder)
        if name.endswith(PACKED):
            for beside in ("owner.pem", "dss"):
                (folder / beside).symlink_to(place / "sound" / beside)
            done = page.run((page.DSS,), folder, BARE)
            yield f"EU DSS, {name}", done.returncode != 0, shown(done)
        done = page.run(page.OPENSSL, folder, BARE)
        yield f"OpenSSL, {name}", done.returncode != 0, shown(done)
        said = in_page(folder)
        yield f"the page, {name}", said != CONFIRMED_BY_PAGE, ", ".join(said)
        done = page.run((page.PROGRAM,), folder, BARE)
        yield f"the program, {name}", not confirmed_by_program(done), shown(done)


def confirmed_by_program(done: subprocess.CompletedProcess[str]) -> bool:
    both = done.returncode == 0 and done.stdout.count("(total-passed)") == 2
    return both and re.search(r"it existed at .*, whom you trust$", done.stdout, re.MULTILINE) is not None


def take(made: Path, folder: Path) -> None:
    """The files out of their places into an empty folder, with the program as a stranger would have it."""
    folder.mkdir()
    for name, place in TAKEN.items():
        shutil.copy(made / place, folder / name)
    (folder / "tegata-verify.pyz").write_bytes(archive())


def flipped(name: str, at: float) -> Spoilt:
    """One bit of a file, so far into it."""

    def spoil(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[int(len(data) * at)] ^= 1
        (folder / name).write_bytes(data)

    return spoil


def packed_anew(prefix: str, at: float = 0.5) -> Spoilt:
    """One bit, so far into the first file of the package that is called so, in a ZIP that is whole."""

    def spoil(folder: Path) -> None:
        with zipfile.ZipFile(folder / "evidence.asice") as package:
            files = {name: bytearray(package.read(name)) for name in package.namelist()}
        data = next(data for name, data in files.items() if name.startswith(prefix))
        data[int(len(data) * at)] ^= 1
        with zipfile.ZipFile(folder / "evidence.asice", "w", zipfile.ZIP_STORED) as package:
            for name, content in files.items():
                package.writestr(name, bytes(content))

    return spoil


def somebody_else(folder: Path) -> None:
    (folder / "trust.yaml").write_text("did:key:z6MkvDqGT54cXesYGvABpF1UapVNwjCqRcafi4Px6Thv5T3Z: somebody else\n")


def another_clock(folder: Path) -> None:
    """The certificate of an authority that has stamped nothing."""
    _, certificate = self_signed("another clock", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), 3650)
    (folder / "tsa.pem").write_bytes(certificate)


PACKED = "in the package"
SPOILT: dict[str, Spoilt] = {
    "data changed": flipped("data.csv", 0.5),
    "passport changed": flipped("passport.jws", 0.5),
    "signature changed": flipped("passport.jws", 0.99),
    "passport in the package": packed_anew("passports/"),
    "entry in the package": packed_anew("entries/"),
    "checkpoint in the package": packed_anew("checkpoint"),
    "manifest in the package": packed_anew("META-INF/ASiCManifest.xml"),
    "seal in the package": packed_anew("META-INF/signature.p7s", 0.98),  # its value
    "somebody else trusted": somebody_else,
    "another clock trusted": another_clock,
}


def in_page(folder: Path) -> list[str]:
    """Verdicts of the static page on passport and package, by node.js and its WebCrypto, and whose the clock is."""
    data = (folder / "data.csv").read_bytes()
    trusted = dict(line.split(": ", 1) for line in (folder / "trust.yaml").read_text().splitlines())
    measured = {"digest": "sha256:" + hashlib.sha256(data).hexdigest(), "size": len(data)}
    passport = (folder / "passport.jws").read_text("latin-1").strip()
    package = base64.b64encode((folder / "evidence.asice").read_bytes()).decode()
    asked = [
        {"passport": passport, "data": measured, "trusted": trusted},
        {"package": package, "trusted": trusted, "clocks": (folder / "tsa.pem").read_text()},
    ]
    command = ["node", str(HARNESS), str(PAGE)]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True, env=BARE)
    first, second = json.loads(done.stdout)
    clocks = ["its clock is trusted" if one["trusted"] else "nobody vouches for its clock" for one in second["stamps"]]
    return [first["verdict"], second["verdict"], *clocks]


def shown(done: subprocess.CompletedProcess[str]) -> str:
    """The last line that was said, else what stopped it; without the colours of a terminal."""
    said = re.sub(r"\x1b\[\d*m", "", f"{done.stderr}\n{done.stdout}").splitlines()
    return f"exit {done.returncode}; {next((line.strip() for line in reversed(said) if line.strip()), 'nothing')}"


if __name__ == "__main__":
    sys.exit(main())
