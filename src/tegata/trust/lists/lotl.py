"""The list of lists, and the pivots that hand its signers on (Commission Implementing Decision (EU) 2015/1505).

Who keeps the certificates of one year can open the list of a later one: each pivot is a list of lists signed by those
who might sign until then, and names those who may from then on. Whatever cannot be shown to follow is refused.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from tegata.model.base import t
from tegata.model.errors import InputError, VerificationError
from tegata.model.trusted_list import TrustedList
from tegata.trust.lists.xml_list import open_xml_list, read_xml_list

_LIST_OF_LISTS = "EUlistofthelists"


def open_list_of_lists(data: bytes, anchors: Sequence[bytes], pivots: Mapping[str, bytes]) -> TrustedList:
    """The list of lists, signed by an anchor or by whom the pivots made one.

    Args:
        anchors: certificates (DER) of those who may sign, as the reader has them from elsewhere.
        pivots: by the last part of their address, as `eu-lotl-pivot-341.xml`.

    Raises InputError, VerificationError.
    """
    try:
        return open_xml_list(data, anchors)
    except VerificationError as error:
        refused = error
    signers, sequence = list(anchors), 0
    for name in reversed([address.rpartition("/")[2] for address in read_xml_list(data).information]):  # oldest first
        if name in pivots:
            try:
                pivot = open_xml_list(pivots[name], signers)
            except (InputError, VerificationError):
                continue  # it may be one from before the anchors
            if pivot.sequence <= sequence:
                raise VerificationError(
                    t(f"the pivot `{name}` is older than the one before it", f"`{name}` の順序が逆です")
                )
            signers, sequence = _next_signers(pivot), pivot.sequence
    if not sequence:
        raise refused
    found = open_xml_list(data, signers)
    if found.sequence <= sequence:
        raise VerificationError(
            t("the list of lists is older than its pivot", "リストのリストがピボットより古いものです")
        )
    return found


def pivots_of(data: bytes) -> tuple[str, ...]:
    """Where a list of lists says that its pivots are, whoever signed it; the newest first. Raises InputError."""
    return tuple(address for address in read_xml_list(data).information if address.rpartition("/")[2].endswith(".xml"))


def _next_signers(pivot: TrustedList) -> list[bytes]:
    own = (pointer for pointer in pivot.pointers if pointer.kind.endswith(_LIST_OF_LISTS))
    return [der for pointer in own for der in pointer.signers]


def check_fresh(trusted_list: TrustedList, at: dt.datetime) -> None:
    """Raises VerificationError for a list that was not issued yet, or whose next update is past: it fails closed."""
    if trusted_list.issued_at > at:
        raise VerificationError(
            t(
                f"the list of `{trusted_list.territory}` was issued only on {trusted_list.issued_at:%Y-%m-%d}",
                f"`{trusted_list.territory}` のリストの発行は {trusted_list.issued_at:%Y-%m-%d} です",
            )
        )
    if trusted_list.next_update is not None and trusted_list.next_update < at:
        raise VerificationError(
            t(
                f"the list of `{trusted_list.territory}` was good until {trusted_list.next_update:%Y-%m-%d}",
                f"`{trusted_list.territory}` のリストの期限は {trusted_list.next_update:%Y-%m-%d} まででした",
            ),
            hint=t("get the one that followed it", "次に発行されたリストを入手してください"),
        )
