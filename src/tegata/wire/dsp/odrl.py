"""The ODRL subset of the protocol: offers and agreements with their rules (negotiation/contract-schema.json)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, field

from tegata.wire.dsp.term import SOME, Maybe, Term

# `term-lteq` stands so in the schema of 2025-1.
Operator = Literal[
    "eq", "neq", "gt", "gteq", "lt", "term-lteq", "lteq",
    "hasPart", "isPartOf", "isA", "isAllOf", "isAnyOf", "isNoneOf",
]  # fmt: skip

# xsd:dateTime as the schema writes it, which searches and does not anchor.
TIMESTAMP = (
    r"-?([1-9][0-9]{3,}|0[0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?|(24:00:00(\.0+)?))"
    r"(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
)


class Constraint(Term, frozen=True, kw_only=True):
    """Either atomic (left operand, operator, right operand) or logical (one of the four connectives), never both."""

    left_operand: Maybe[str] = UNSET
    operator: Maybe[Operator] = UNSET
    right_operand: Maybe[str | dict[str, Any] | list[Any]] = UNSET
    all_of: Maybe[tuple[Constraint, ...]] = field(name="and", default=UNSET)
    in_sequence: Maybe[tuple[Constraint, ...]] = field(name="andSequence", default=UNSET)
    any_of: Maybe[tuple[Constraint, ...]] = field(name="or", default=UNSET)
    one_of: Maybe[tuple[Constraint, ...]] = field(name="xone", default=UNSET)

    def __post_init__(self) -> None:
        atomic = sum(part is not UNSET for part in (self.left_operand, self.operator, self.right_operand))
        logical = sum(part is not UNSET for part in (self.all_of, self.in_sequence, self.any_of, self.one_of))
        if (atomic, logical) not in ((3, 0), (0, 1)):
            raise ValueError(
                "a constraint has leftOperand, operator and rightOperand, or one of and, andSequence, or, xone"
            )


class Rule(Term, frozen=True, kw_only=True):
    action: str
    constraint: tuple[Constraint, ...] = ()


class Permission(Rule, frozen=True, kw_only=True):
    """What the assignee may do."""


class Prohibition(Rule, frozen=True, kw_only=True):
    """What the assignee must not do."""


class Duty(Rule, frozen=True, kw_only=True):
    """What must be done."""


class Policy(Term, frozen=True, kw_only=True, tag_field="@type"):
    """Common part of offers and agreements: at least one permission or prohibition."""

    id: str = field(name="@id")
    profile: Maybe[str | tuple[str, ...]] = UNSET
    permission: Annotated[tuple[Permission, ...], SOME] = ()
    prohibition: Annotated[tuple[Prohibition, ...], SOME] = ()
    obligation: Annotated[tuple[Duty, ...], SOME] = ()

    def __post_init__(self) -> None:
        if not (self.permission or self.prohibition):
            raise ValueError("a policy has at least one permission or prohibition")


class Offer(Policy, frozen=True, kw_only=True, tag="Offer"):
    """An offer in a catalogue: its data set is its target, so it must not name one."""

    barred: ClassVar[tuple[str, ...]] = ("target",)


class MessageOffer(Policy, frozen=True, kw_only=True, tag="Offer"):
    """An offer in a negotiation message."""

    on_wire: ClassVar[tuple[str, ...]] = ("@type",)

    target: Maybe[str] = UNSET


class Agreement(Policy, frozen=True, kw_only=True, tag="Agreement"):
    """What both sides agreed. `timestamp` is an xsd:dateTime, by custom with a time zone."""

    on_wire: ClassVar[tuple[str, ...]] = ("@type",)

    target: str
    assigner: str
    assignee: str
    timestamp: Maybe[Annotated[str, Meta(pattern=TIMESTAMP)]] = UNSET
