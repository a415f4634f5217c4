"""Bytes to messages and back. The original bytes are kept, unknown terms are carried through."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final, Generic, NamedTuple, TypeVar, get_args

import msgspec

from tegata.model.base import digest
from tegata.model.errors import ProtocolError
from tegata.wire import strict_json
from tegata.wire.dsp.term import Term

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 64

M = TypeVar("M", bound=Term)


class Received(msgspec.Struct, Generic[M], frozen=True):
    """A message with the bytes it came as: the bytes are what evidence is made of."""

    message: M
    raw: bytes

    @property
    def digest(self) -> str:
        """Digest of the content, whatever its spacing and order of members: equal for the same message sent again."""
        return digest(msgspec.json.decode(self.raw))


def decode(
    kind: type[M] | tuple[type[M], ...], data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH
) -> Received[M]:
    """Read a document as `kind`, or as the one of several kinds that its `@type` names.

    Raises:
        ProtocolError: status 400 when it is not acceptable JSON or breaks the protocol's schema; `why` names the place.
    """
    document = strict_json.loads(data, max_bytes=max_bytes, max_depth=max_depth)
    chosen = _choose(kind, document) if isinstance(kind, tuple) else kind
    try:
        message = msgspec.convert(document, chosen)
    except msgspec.ValidationError as error:
        raise _refusal(chosen, str(error)) from error
    _take_extra(message, document, "$")
    return Received(message, data)


def encode(term: Term) -> bytes:
    """JSON in the compact form of the 2025-1 context. Absent terms and empty arrays are left out."""
    data = msgspec.json.encode(term)
    if b'"@extra":' not in data:
        return data
    document = msgspec.json.decode(data)
    _put_extra(term, document)
    return msgspec.json.encode(document)


def _choose(kinds: tuple[type[M], ...], document: Any) -> type[M]:
    named = document.get("@type") if isinstance(document, dict) else None
    for kind in kinds:
        if kind.__struct_config__.tag == named:
            return kind
    expected = ", ".join(str(kind.__struct_config__.tag) for kind in kinds)
    raise ProtocolError(f"a message of type `{named}` is not expected here", hint=f"send one of: {expected}")


def _refusal(kind: type[Term], why: str) -> ProtocolError:
    return ProtocolError(f"not a valid `{kind.__name__}`", why=why, hint="see the DSP 2025-1 schema of that message")


class _Shape(NamedTuple):
    """What is known of a kind: the names it defines, and those of its attributes that can hold terms."""

    known: frozenset[str | None]
    parts: tuple[tuple[str, str], ...]


@cache
def _shape(kind: type[Term]) -> _Shape:
    fields = [field for field in msgspec.structs.fields(kind) if field.name != "extra"]
    return _Shape(
        known=frozenset({kind.__struct_config__.tag_field, *(field.encode_name for field in fields)}),
        parts=tuple((field.name, field.encode_name) for field in fields if _holds_terms(field.type)),
    )


def _holds_terms(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Term):
        return True
    return any(_holds_terms(part) for part in get_args(annotation))


def _take_extra(term: Term, document: dict[str, Any], place: str) -> None:
    """What msgspec cannot say: keep unknown terms, refuse barred ones, demand those that only Python defaults."""
    kind = type(term)
    for name in kind.on_wire:
        if name not in document:
            raise _refusal(kind, f"missing `{name}` - at `{place}`")
    for name in kind.barred:
        if name in document:
            raise _refusal(kind, f"`{name}` must not stand here - at `{place}`")
    known = _shape(kind).known
    if not document.keys() <= known:
        extra = {name: value for name, value in document.items() if name not in known}
        msgspec.structs.force_setattr(term, "extra", extra)
    for part, source, where in _parts(term, document):
        _take_extra(part, source, place + where)


def _put_extra(term: Term, document: dict[str, Any]) -> None:
    for part, target, _ in _parts(term, document):
        _put_extra(part, target)
    document.pop("@extra", None)
    document.update(term.extra)


def _parts(term: Term, document: dict[str, Any]) -> Iterator[tuple[Term, dict[str, Any], str]]:
    """The terms inside a term, each with the JSON object it stands for and its place."""
    for name, wire_name in _shape(type(term)).parts:
        value = getattr(term, name)
        if isinstance(value, Term):
            yield value, document[wire_name], f".{wire_name}"
        elif isinstance(value, tuple):
            for index, part in enumerate(value):
                yield part, document[wire_name][index], f".{wire_name}[{index}]"
