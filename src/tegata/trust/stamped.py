"""When a checkpoint existed, by the time-stamps under it."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from tegata.log import stamped_text, stamps
from tegata.model.base import Text, t
from tegata.model.errors import VerificationError
from tegata.trust.content import digest_of
from tegata.trust.timestamp import Trust, name_of, read_token, verify_issue


class Stamped(NamedTuple):
    """A token that holds: its authority by its certificate, or as who trusts it calls it; its time; and whether the
    reader trusts it."""

    authority: str
    at: dt.datetime
    trusted: bool


def stamped(note: str, trust: Trust) -> list[Stamped]:
    """What the time-stamps under a note prove, earliest first. VerificationError when one does not hold."""
    digest, found = digest_of(stamped_text(note)), []
    for _, token in stamps(note):
        signed, stamp = read_token(token)
        if digest(stamp.imprint.digest) != stamp.imprint.value:
            raise VerificationError(t("a time-stamp is of another checkpoint", "別のチェックポイントの時刻証明です"))
        certificate = verify_issue(signed, stamp)
        try:
            called = trust(certificate, signed.certificates, stamp.at)
        except VerificationError:
            found.append(Stamped(name_of(certificate), stamp.at, trusted=False))
        else:
            found.append(Stamped(called, stamp.at, trusted=True))
    return sorted(found, key=lambda one: one.at)


def told(note: str, trust: Trust) -> Text:
    """The same in words. VerificationError when a time-stamp does not hold."""
    found = stamped(note, trust)
    known = [one for one in found if one.trusted]
    if not known:
        first = found[0]
        return t(
            f"`{first.authority}` stamped it at {first.at:%Y-%m-%d %H:%M:%S} UTC; whether you trust that authority is "
            "not known: give its certificate with `--tsa`",
            f"`{first.authority}` が {first.at:%Y-%m-%d %H:%M:%S} UTC に時刻を証明しました。"
            "その時刻認証局を信頼するかどうかは未設定です。証明書を `--tsa` で指定してください",
        )
    names = ", ".join(f"`{one.authority}`" for one in known)
    return t(
        f"it existed at {known[0].at:%Y-%m-%d %H:%M:%S} UTC: stamped by {names}, whom you trust",
        f"{known[0].at:%Y-%m-%d %H:%M:%S} UTC に存在していました。信頼する {names} が証明しています",
    )
