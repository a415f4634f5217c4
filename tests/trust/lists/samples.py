"""A list as an operator would publish it, with every part that both forms know."""

from __future__ import annotations

import datetime as dt

import msgspec

from tegata.model.trusted_list import (
    Contact,
    DigitalIdentity,
    ListedProvider,
    ListedService,
    Standing,
    TrustedList,
)
from tegata.trust.certified import CertifiedKey
from tegata.trust.private_key import PrivateKey
from tests.trust.pki.authority import Party

SCHEME = "https://trust.example/scheme"
AT = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
OPERATOR = Party("list operator", authority=False)
AUTHORITY = Party("qualified authority")
STAMPS = Party("time-stamping unit", AUTHORITY, authority=False)


def certified(party: Party) -> CertifiedKey:
    from cryptography import x509

    return CertifiedKey(PrivateKey(party.key), x509.load_der_x509_certificate(party.certificate.der))


def standing(status: str, since: dt.datetime, party: Party = AUTHORITY, **more: object) -> Standing:
    return Standing(
        kind="http://uri.etsi.org/TrstSvc/Svctype/CA/QC",
        status=f"{SCHEME}/Svcstatus/{status}",
        since=since,
        names={"en": "Certificates for seals", "ja": "eシール用証明書"},
        identity=DigitalIdentity(certificates=(party.certificate.der,)),
        additional=(f"{SCHEME}/SvcInfoExt/qualified",),
        **more,  # type: ignore[arg-type]
    )


DAY = dt.timedelta(days=1)
SERVICE = ListedService(
    standings=(
        standing("suspended", AT - 5 * DAY),
        standing("granted", AT - 50 * DAY),
        standing("general", AT - 90 * DAY),
    )
)
CONTACT = Contact(
    street="1-1 Example",
    locality="Chiyoda",
    postal_code="100-0001",
    country="JP",
    addresses=("mailto:list@trust.example",),
)
LIST = TrustedList(
    format="xml",
    version=6,
    sequence=7,
    kind=f"{SCHEME}/TSLType/generic",
    operator={"en": "Example Agency", "ja": "例示庁"},
    scheme={"en": "JP:Example accreditation scheme", "ja": "JP:認定制度の例"},
    territory="JP",
    issued_at=AT,
    next_update=AT + 90 * DAY,
    contact=CONTACT,
    information=("https://trust.example/about",),
    determination=f"{SCHEME}/StatusDetn/appropriate",
    rules=(f"{SCHEME}/rules",),
    notice={"en": "For tests only."},
    proof="c2sp.org/tlog-proof@v1\nindex 0\n",
    providers=(
        ListedProvider(
            names={"en": "Example Trust KK", "ja": "例示トラスト株式会社"},
            identifiers=("NTRJP-7000012050002",),
            contact=CONTACT,
            information=("https://provider.example/",),
            services=(SERVICE,),
        ),
    ),
)
UNLOGGED = msgspec.structs.replace(LIST, proof="")
