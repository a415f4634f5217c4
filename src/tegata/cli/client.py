"""The management interface of our own node, as the commands call it: JSON over loopback with the node's token."""

from __future__ import annotations

import http.client
import ipaddress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from tegata.model.base import Language, t
from tegata.model.errors import InputError, PeerError, TegataError, UsageError, why_of
from tegata.node.config import host_port, read_config

TIMEOUT_S: Final = 120.0

USAGE_CODES: Final = frozenset({"usage", "input", "fact", "pack"})


class NodeError(TegataError):
    """A problem (RFC 9457) that the node answered, with the node's own code."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(
            str(problem.get("title", "")), why=str(problem.get("detail", "")), hint=str(problem.get("hint", ""))
        )
        self.code = str(problem.get("code", "error"))  # type: ignore[misc]
        self.exit_code = 2 if self.code in USAGE_CODES else 1


class NodeClient:
    """Calls one node by its folder. The address in its settings must be loopback: the token is a secret."""

    def __init__(self, folder: Path, language: Language = "en") -> None:
        self._folder = folder
        self._address = host_port(read_config(folder).management)
        self._headers = {
            "Authorization": f"Bearer {_token(folder)}",
            "Accept-Language": language,
            "Content-Type": "application/json",
        }
        _refuse_beyond_loopback(self._address[0])

    def get(self, path: str, **query: str) -> Any:
        return self._call("GET", f"{path}?{urlencode(query)}" if query else path, None)

    def post(self, path: str, body: dict[str, Any], timeout: float | None = TIMEOUT_S) -> Any:
        """None: it may take any time, as long as the node is there."""
        return self._call("POST", path, msgspec.json.encode(body), timeout)

    def _call(self, method: str, path: str, body: bytes | None, timeout: float | None = TIMEOUT_S) -> Any:
        connection = http.client.HTTPConnection(*self._address, timeout=timeout)
        try:
            connection.request(method, path, body, self._headers)
            answer = connection.getresponse()
            return self._read(answer.status, answer.read())
        except ConnectionRefusedError:
            raise self._silent(t("nothing listens there", "待ち受けていません")) from None
        except (OSError, http.client.HTTPException) as error:
            raise self._silent(t(str(error), str(error))) from None
        finally:
            connection.close()

    def _read(self, status: int, data: bytes) -> Any:
        try:
            document = msgspec.json.decode(data) if data else None
        except msgspec.DecodeError:
            raise self._silent(t(f"status {status} without JSON", f"JSON でない応答（{status}）")) from None
        if status >= 400:
            raise NodeError(document if isinstance(document, dict) else {"title": f"status {status}"})
        return document

    def _silent(self, why: Any) -> PeerError:
        host, port = self._address
        return PeerError(
            t(f"the node at {host}:{port} does not answer", f"{host}:{port} のノードが応答しません"),
            why=why,
            hint=t(
                f"start it with `tegata node start {self._folder}`",
                f"`tegata node start {self._folder}` で起動してください",
            ),
        )


def _token(folder: Path) -> str:
    try:
        return (folder / "admin.token").read_text().strip()
    except OSError as error:
        raise InputError(
            t(f"cannot read `{folder}/admin.token`", f"`{folder}/admin.token` を読めません"),
            why=why_of(error),
        ) from None


def _refuse_beyond_loopback(host: str) -> None:
    try:
        if host == "localhost" or ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    raise UsageError(
        t(f"`{host}` is not a loopback address", f"`{host}` はループバックアドレスではありません"),
        why=t("the management token would travel in the clear", "管理用トークンが平文で流れます"),
        hint=t(
            "set `management` in node.yaml to 127.0.0.1:PORT",
            "node.yaml の `management` を 127.0.0.1:PORT にしてください",
        ),
    )
