"""What every JSON object of the protocol shares: unknown terms kept, required terms, the context."""

from __future__ import annotations

from typing import Any, ClassVar, Final, TypeAlias, TypeVar, Union

import msgspec
from msgspec import Meta, UnsetType, field

DSP_CONTEXT: Final = "https://w3id.org/dspace/2025/1/context.jsonld"

T = TypeVar("T")
Maybe: TypeAlias = Union[T, UnsetType]  # noqa: UP007 (a generic alias needs the old form)
"""A term that may be absent. `null` is not absence: the schemas refuse it."""

SOME: Final = Meta(min_length=1)
"""Arrays that may be absent but not empty (`minItems: 1`)."""


class Term(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A JSON object of the protocol. Terms that it does not define stand in `extra` and are written back as they came.

    `on_wire` names the terms that have a default here and must nevertheless stand in a received document;
    `barred` those that must not.
    """

    on_wire: ClassVar[tuple[str, ...]] = ()
    barred: ClassVar[tuple[str, ...]] = ()

    extra: dict[str, Any] = field(name="@extra", default_factory=dict)


def dsp_context() -> tuple[str, ...]:
    """The `@context` of what we send. A factory, since a constant default would be left out of the bytes."""
    return (DSP_CONTEXT,)


def check_context(context: tuple[str, ...]) -> None:
    """Raise ValueError unless the 2025-1 context is among them (common/context-schema.json)."""
    if DSP_CONTEXT not in context:
        raise ValueError(f"`@context` does not contain `{DSP_CONTEXT}`")


class Message(Term, frozen=True, kw_only=True, tag_field="@type", tag=True):
    """A document of its own, typed by `@type`, in the 2025-1 context."""

    on_wire: ClassVar[tuple[str, ...]] = ("@context", "@type")

    context: tuple[str, ...] = field(name="@context", default_factory=dsp_context)

    def __post_init__(self) -> None:
        check_context(self.context)
