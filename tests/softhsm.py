"""A token in software (SoftHSM) for the tests of a process; they skip where it is not installed."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

DRIVERS = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm.so",
)
PIN = "4711-0815"


@functools.cache
def _made() -> str:
    """Before the driver is first loaded: it reads its settings once. Empty where it is not installed."""
    driver = next((path for path in DRIVERS if Path(path).exists()), "")
    try:
        import pkcs11  # noqa: F401
    except ImportError:
        return ""
    if not driver or not shutil.which("softhsm2-util"):
        return ""
    folder = Path(tempfile.mkdtemp(prefix="tegata-softhsm-"))
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    command = ["softhsm2-util", "--init-token", "--free", "--label", "Seals", "--pin", PIN, "--so-pin", "12345678"]
    subprocess.run(command, check=True, capture_output=True)
    return driver


def token(more: str = "", query: str = "") -> str:
    """The URI of the token "Seals", with `;object=...` and the like."""
    driver = _made()
    if not driver:
        pytest.skip("SoftHSM (softhsm2) or the extra `pkcs11` is not installed")
    return f"pkcs11:token=Seals{more}?module-path={driver}{query}"


def pin_file(folder: Path) -> Path:
    path = folder / "pin"
    path.write_text(PIN + "\n")
    path.chmod(0o600)
    return path
