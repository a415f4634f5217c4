"""An open session with a token, and one key of it. Python's binding is python-pkcs11 (extra `pkcs11`)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from tegata.model.base import t
from tegata.model.errors import InputError, StoreError, TegataError, UsageError
from tegata.trust.keyfile import read_secret
from tegata.trust.token.uri import TokenUri

AskPin = Callable[[], str]
_LOADING: Final = threading.Lock()
_WORDS: Final = {
    "PinIncorrect": t(
        "the PIN is wrong; too many wrong ones lock the token", "PIN が違います。誤りを重ねるとロックされます"
    ),
    "PinLenRange": t("the PIN is too short or too long", "PIN の長さが違います"),
    "PinLocked": t("the PIN is locked", "PIN がロックされています"),
    "NoSuchToken": t("no such token is there", "そのトークンがありません"),
    "MultipleTokensReturned": t(
        "several tokens have this name: add `serial=`", "同名のトークンが複数あります。`serial=` を加えてください"
    ),
    "MechanismInvalid": t("it does not sign or make keys of this kind", "この種類の署名・鍵に対応していません"),
}
"""By the names of the errors of PKCS #11."""


class TokenKey:
    """One private key in a token. It signs; a session that broke off is opened once more."""

    def __init__(self, uri: TokenUri, pin: AskPin | None) -> None:
        self._uri, self._pin = uri, pin
        self._lock = threading.Lock()  # a session does one thing at a time
        self.session = open_session(uri, pin)
        self.private = find_private(self.session, uri)

    def sign(self, message: bytes, mechanism: str) -> bytes:
        """Raises StoreError when the token does not sign."""
        from pkcs11 import Mechanism, PKCS11Error

        with self._lock:
            with suppress(PKCS11Error):
                return bytes(self.private.sign(message, mechanism=Mechanism[mechanism]))
            with told(self._uri, StoreError):
                self.session = open_session(self._uri, self._pin)
                self.private = find_private(self.session, self._uri)
                return bytes(self.private.sign(message, mechanism=Mechanism[mechanism]))


def open_session(uri: TokenUri, pin: AskPin | None, *, write: bool = False) -> Any:
    """A session of a user who showed the PIN. InputError when token, driver or PIN are not right."""
    pkcs11 = _binding()
    with told(uri, InputError), _LOADING:
        names = {"token_label": uri.token or None, "token_serial": uri.serial.encode() or None}
        token = pkcs11.lib(str(uri.module)).get_token(**{name: value for name, value in names.items() if value})
        try:
            return token.open(rw=write, user_pin=_pin(uri, pin))
        except pkcs11.exceptions.UserAlreadyLoggedIn:  # a login is of the whole process
            return token.open(rw=write)


def find_private(session: Any, uri: TokenUri) -> Any:
    """The one key that the URI names. InputError when there is none, or more than one."""
    from pkcs11 import Attribute, ObjectClass

    wanted: dict[Any, Any] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
    wanted |= {Attribute.LABEL: uri.label} if uri.label else {}
    wanted |= {Attribute.ID: uri.id} if uri.id else {}
    with told(uri, InputError):
        found = list(session.get_objects(wanted))
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            t("several keys of the token have this name", "この名前の鍵がトークンに複数あります"),
            hint=t("name one by `id=%..` too", "`id=%..` も指定してください"),
        )
    raise InputError(
        t("the token holds no such private key", "トークンにその秘密鍵はありません"),
        why=t(f"looked for: {uri}", f"探したもの: {uri}"),
    )


@contextmanager
def told(uri: TokenUri, kind: type[TegataError]) -> Iterator[None]:
    """What a driver says, in words for people. It never quotes the PIN."""
    from pkcs11 import PKCS11Error

    try:
        yield
    except (PKCS11Error, RuntimeError, OSError) as error:
        name = uri.token or uri.serial
        said = f"{type(error).__name__}: {error}"[:200].rstrip(": ")
        raise kind(
            t(f"the token `{name}` does not do what it is asked", f"トークン `{name}` を使えません"),
            why=_WORDS.get(type(error).__name__, t(said, said)),
        ) from None


def _pin(uri: TokenUri, ask: AskPin | None) -> str:
    if uri.pin_file is not None:
        try:
            return read_secret(uri.pin_file).decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise InputError(t(f"`{uri.pin_file}` is not text", f"`{uri.pin_file}` はテキストではありません")) from None
    if ask is None:
        raise InputError(
            t("nobody can be asked for the PIN of the token", "トークンの PIN を尋ねる相手がいません"),
            hint=t("name a file that holds it: `&pin-source=file:/...`", "`&pin-source=file:/...` で示してください"),
        )
    return ask()


def _binding() -> Any:
    try:
        import pkcs11
        import pkcs11.exceptions
    except ImportError:
        raise UsageError(
            t("keys in tokens need the extra `pkcs11`", "トークン内の鍵には追加機能 `pkcs11` が必要です"),
            hint="pip install 'tegata[pkcs11]'",
        ) from None
    return pkcs11
