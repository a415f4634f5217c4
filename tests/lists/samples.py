"""A list of lists with two members, as their operators publish and renew them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from tegata.model.trusted_list import ListedService, ListPointer, TrustedList
from tegata.trust.lists import write_xml_list
from tests.trust.lists.samples import AT, DAY, LIST, SCHEME, certified, standing
from tests.trust.pki.authority import Party

ROOT_URL = "https://lists.example/eu-lotl.xml"
KEEPER, NEXT_KEEPER, BELGIUM, ESTONIA = (
    Party(name, authority=False) for name in ("keeper of lists", "next keeper", "operator BE", "operator EE")
)
SERVICES = tuple(Party(f"authority {number}") for number in range(4))
TSL = "application/vnd.etsi.tsl+xml"


def url_of(territory: str) -> str:
    return f"https://{territory.lower()}.example/tsl.xml"


def pointer(territory: str, *signers: Party, url: str = "", kind: str = "generic") -> ListPointer:
    return ListPointer(
        location=url or url_of(territory),
        territory=territory,
        kind=f"{SCHEME}/TSLType/{kind}",
        media_type=TSL,
        signers=tuple(signer.certificate.der for signer in signers),
    )


def root(
    sequence: int = 10,
    *,
    signer: Party = KEEPER,
    pointers: Sequence[ListPointer] | None = None,
    keepers: Sequence[Party] = (KEEPER,),
    information: Sequence[str] = (),
    until: dt.datetime | None = None,
) -> bytes:
    """The list of lists, which names who may sign its next form."""
    own = pointer("EU", *keepers, url=ROOT_URL, kind="EUlistofthelists")
    others = (pointer("BE", BELGIUM), pointer("EE", ESTONIA)) if pointers is None else pointers
    found = msgspec.structs.replace(
        LIST,
        sequence=sequence,
        territory="EU",
        next_update=until or AT + 90 * DAY,
        information=tuple(information),
        pointers=(own, *others),
        providers=(),
        proof="",
    )
    return write_xml_list(found, certified(signer), AT)


def member(
    territory: str = "BE",
    sequence: int = 5,
    *,
    signer: Party = BELGIUM,
    statuses: Sequence[str] = ("granted", "granted"),
    until: dt.datetime | None = None,
) -> bytes:
    """A list with one service for each status; where it is empty, the service is left out."""
    services = tuple(
        ListedService(standings=(standing(status, AT - DAY, party),))
        for status, party in zip(statuses, SERVICES, strict=False)
        if status
    )
    provider = msgspec.structs.replace(LIST.providers[0], services=services)
    found: TrustedList = msgspec.structs.replace(
        LIST,
        sequence=sequence,
        territory=territory,
        next_update=until or AT + 90 * DAY,
        providers=(provider,),
        proof="",
    )
    return write_xml_list(found, certified(signer), AT)
