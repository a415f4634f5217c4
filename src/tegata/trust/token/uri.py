"""The name of a key in a token (RFC 7512): `pkcs11:token=Seals;object=acme?module-path=/usr/lib/...so`."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote, quote_from_bytes, unquote, unquote_to_bytes

from tegata.model.base import t
from tegata.model.errors import UsageError

SCHEME: Final = "pkcs11:"
_MAX: Final = 2048
_PATH: Final = ("token", "serial", "object", "id", "type")
_QUERY: Final = ("module-path", "pin-source")
_FILE: Final = "file:"


class TokenUri(NamedTuple):
    """Which token, and which key in it; `pin_file` holds what opens it, else somebody is asked."""

    module: Path
    token: str = ""
    serial: str = ""
    label: str = ""
    id: bytes = b""
    pin_file: Path | None = None

    @property
    def names_key(self) -> bool:
        return bool(self.label or self.id)

    def __str__(self) -> str:
        """The one spelling that is written down."""
        path = {"token": self.token, "serial": self.serial, "object": self.label}
        parts = [f"{name}={quote(value, safe='')}" for name, value in path.items() if value]
        parts += [f"id={quote_from_bytes(self.id, safe='')}"] if self.id else []
        pin = f"&pin-source={_FILE}{quote(str(self.pin_file))}" if self.pin_file else ""
        return f"{SCHEME}{';'.join(parts)}?module-path={quote(str(self.module))}{pin}"


def read_uri(text: str) -> TokenUri:
    """Raises UsageError for what is not such a URI, holds a PIN, or asks for what is not understood."""
    if not text.startswith(SCHEME) or len(text) > _MAX or not text.isascii() or not text.isprintable():
        raise _refused("it does not begin with `pkcs11:`", "`pkcs11:` で始まっていません")
    path, _, query = text.removeprefix(SCHEME).partition("?")
    named, asked = _attributes(path, ";"), _attributes(query, "&")
    if "pin-value" in asked:
        raise _refused(
            "a PIN in it would be seen by others: name a file by `pin-source=file:/...`, or be asked",
            "PIN を書くと他者の目に触れます。`pin-source=file:/...` でファイルを示すか、入力してください",
        )
    unknown = (named.keys() - set(_PATH)) | (asked.keys() - set(_QUERY))
    if unknown or named.get("type", "private") != "private":
        name = min(unknown or {"type"})
        raise _refused(f"`{name}` is not understood", f"`{name}` は解釈できません")
    if not (named.get("token") or named.get("serial")) or not asked.get("module-path", "").startswith("/"):
        raise _refused(
            "it needs a token and the driver: pkcs11:token=NAME?module-path=/usr/lib/softhsm/libsofthsm2.so",
            "トークンとドライバが必要です: pkcs11:token=名前?module-path=/usr/lib/softhsm/libsofthsm2.so",
        )
    values = {name: _text(value) for name, value in (named | asked).items() if name != "id"}
    source = values.get("pin-source", "").removeprefix(_FILE)
    return TokenUri(
        Path(values["module-path"]),
        values.get("token", ""),
        values.get("serial", ""),
        values.get("object", ""),
        unquote_to_bytes(named.get("id", "")),
        Path(source) if source else None,
    )


def _attributes(text: str, separator: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.split(separator) if text else ():
        name, equals, value = part.partition("=")
        if not equals or name in found:
            raise _refused(f"`{name}` has no value, or two", f"`{name}` の値がないか、二つあります")
        found[name] = value
    return found


def _text(value: str) -> str:
    try:
        text = unquote(value, errors="strict")
    except UnicodeDecodeError:
        text = "\0"
    if not text.isprintable():
        raise _refused("a value is not text", "値が文字列ではありません")
    return text


def _refused(en: str, ja: str) -> UsageError:
    return UsageError(t("this names no key in a token", "トークン内の鍵の名前ではありません"), why=t(en, ja))
