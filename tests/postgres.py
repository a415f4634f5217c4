"""A throw-away PostgreSQL from the system's packages, on a socket in a temporary folder. It syncs like any other."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

MISSING = "no PostgreSQL here: `apt-get install postgresql` and run this again"
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "autovacuum_naptime": "5s",
    "log_min_messages": "fatal",
}


@functools.cache
def binaries() -> Path | None:
    """Where initdb and postgres are: on the path, or where Debian keeps them, newest first."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


class Server:
    """One cluster. PostgreSQL refuses to run as root: then it runs as the user of the package.

    Args:
        port: on loopback, for who cannot use the socket.
    """

    def __init__(self, port: int = 0) -> None:
        self._port = port
        place = binaries()
        if place is None:
            raise FileNotFoundError(MISSING)
        self._bin = place
        self.folder = Path(tempfile.mkdtemp(prefix="tegata-pg-"))
        self._as = _somebody(self.folder)
        self._numbers = itertools.count()
        self._child: subprocess.Popen[bytes] | None = None
        options = ("-A", "trust", "-U", "tegata", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self._run(str(self._bin / "initdb"), *options, str(self.folder / "data"))
        self.start()

    def new_schema(self) -> str:
        schema = f"s{os.getpid()}_{next(self._numbers)}"
        self.sql(f"CREATE SCHEMA {schema}")
        return schema

    def url(self, schema: str = "") -> str:
        """An address of the server, in a schema of its own unless one is given."""
        schema = schema or self.new_schema()
        return f"postgresql://tegata@/postgres?host={self.folder}&search_path={schema}"

    def sql(self, text: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Runs statements apart from everything under test; the rows of the last, as text."""
        command = ("psql", "-X", "-q", "-At", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-U", "tegata", *self._place())
        done = subprocess.run([*command, "-c", text, database], capture_output=True, text=True, check=True)
        return [tuple(line.split("\x1f")) for line in done.stdout.splitlines()]

    def start(self, seconds: float = 60) -> None:
        """Start and wait. One that was killed leaves processes that the next must wait for."""
        tcp: dict[str, object] = {"listen_addresses": "127.0.0.1", "port": self._port} if self._port else {}
        settings = [word for name, value in (_SETTINGS | tcp).items() for word in ("-c", f"{name}={value}")]
        command = [str(self._bin / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder), *settings]
        asking = [str(self._bin / "pg_isready"), "-q", *self._place(), "-d", "postgres"]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self._child is None or self._child.poll() is not None:
                self._child = subprocess.Popen(
                    command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._as
                )
            if subprocess.run(asking, check=False).returncode == 0:
                return
            time.sleep(0.05)
        raise TimeoutError("PostgreSQL does not start")

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """SIGQUIT is a crash: nothing is written any more, and the next start recovers from the log. SIGKILL meets
        every process of the server at once, as a machine that loses its power."""
        if self._child is None:
            return
        pids = [self._child.pid]
        if how == signal.SIGKILL:
            tasks = Path(f"/proc/{self._child.pid}/task/{self._child.pid}/children")
            pids += [int(pid) for pid in tasks.read_text().split()]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
        self._child.wait()
        self._child = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _place(self) -> tuple[str, ...]:
        return ("-h", str(self.folder), *(("-p", str(self._port)) if self._port else ()))

    def _run(self, *command: str) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder, **self._as)
        if done.returncode:
            raise RuntimeError(done.stderr)


def version() -> int:
    """Major version of the server that would run."""
    done = subprocess.run(
        [(binaries() or Path()) / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    return int(re.findall(r"\d+", done.stdout)[0])


def _somebody(folder: Path) -> dict[str, Any]:
    """Whose processes they are; the folder becomes theirs."""
    if os.getuid() != 0:
        return {}
    user = next(user for user in pwd.getpwall() if user.pw_name in ("postgres", "nobody"))
    if any(other.pw_name == "postgres" for other in pwd.getpwall()):
        user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
