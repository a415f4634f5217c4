"""One tree of errors. Each says what happened, why, and what to do next.

    TegataError
    ├── UsageError           the command or call is wrong                        exit 2
    ├── InputError           a file or document cannot be read or is malformed   exit 2
    │   ├── NoTableError     a file is something else than a table           exit 2
    │   ├── FactError        a flow names an unknown fact, category or country   exit 2
    │   └── PackError        a rule pack is malformed or contradicts itself      exit 2
    ├── OutcomeError         a decision stands in the way (10, 11, 12, 13)       exit as the outcome says
    ├── VerificationError    a signature, digest or proof does not hold          exit 1
    ├── ExposureError        protected data still holds what was to be removed   exit 1
    ├── DifferencingError    beside earlier releases it would tell too much       exit 1
    ├── StoreError           state cannot be read or made durable (disk full)    exit 1
    ├── OutboundError     an address that the outbound gate does not allow    exit 1
    ├── PeerError            another node is unreachable, broken or hostile      exit 1
    └── ProtocolError        a message is malformed or not legal in this state   exit 1

Messages are lower case without a final stop; values from the user stand in backticks.
"""

from __future__ import annotations

import errno
from typing import ClassVar, Final

from tegata.model.base import Language, Text, t

Say = str | Text  # a plain string reads the same in every language: fine for messages to machines

_FULL: Final = t("the disk is full", "ディスクの空きがありません")
_DENIED: Final = t("permission is denied", "権限がありません")
_REASONS: Final = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.ENOENT: t("there is no such file or folder", "ファイルまたはフォルダーがありません"),
    errno.ENOTDIR: t("a file stands where a folder is wanted", "フォルダーであるべき場所にファイルがあります"),
    errno.EISDIR: t("it is a folder", "フォルダーです"),
    errno.EROFS: t("the disk may only be read", "ディスクは読み取り専用です"),
    errno.ENAMETOOLONG: t("the name is too long", "名前が長すぎます"),
    errno.EIO: t("the disk failed", "ディスクに障害があります"),
    errno.EMFILE: t("too many files are open", "開いているファイルが多すぎます"),
    errno.EADDRINUSE: t("another program listens there", "別のプログラムが使用しています"),
    errno.EADDRNOTAVAIL: t("this machine has no such address", "この機器にないアドレスです"),
    errno.ECONNREFUSED: t("nobody listens there", "応答するプログラムがありません"),
}


def is_full(error: OSError) -> bool:
    """Whether there was no room left on the disk, or none for this user or a file of this size."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def why_of(error: Exception) -> Text:
    """Why the operating system refused, or whatever it was that failed: the `why` of an error made of it."""
    if isinstance(error, OSError) and error.errno in _REASONS:
        return _REASONS[error.errno]
    said = getattr(error, "strerror", None) or str(error)
    return t(said, said)


def _in(language: Language, part: Say) -> str:
    return part.say(language) if isinstance(part, Text) else part


class TegataError(Exception):
    """Base of all errors that are meant to be read by people.

    Args:
        what: what could not be done, in one line.
        why: the cause, as far as it is known.
        hint: what the reader can do next.
    """

    code: ClassVar[str] = "error"
    exit_code: int = 1

    def __init__(self, what: Say, *, why: Say = "", hint: Say = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.hint = hint

    @property
    def said(self) -> Text:
        """What and why, in a line."""
        en, ja = (": ".join(filter(None, self.parts(language)[:2])) for language in ("en", "ja"))
        return t(en, ja)

    def parts(self, language: Language) -> tuple[str, str, str]:
        """What, why and what next in one language; empty where there is nothing to say."""
        return _in(language, self.what), _in(language, self.why), _in(language, self.hint)

    def __str__(self) -> str:
        return "; ".join(part for part in self.parts("en") if part)


class UsageError(TegataError):
    code = "usage"
    exit_code = 2


class InputError(TegataError):
    code = "input"
    exit_code = 2


class NoTableError(InputError):
    """Not a damaged table: no table at all."""


class FactError(InputError):
    code = "fact"


class PackError(InputError):
    """`file`, `item` (id of a rule, parameter ...) and `column` (from 1) say where, as far as that is known."""

    code = "pack"

    def __init__(
        self, what: Say, *, why: Say = "", hint: Say = "", file: str = "", item: str = "", column: int = 0
    ) -> None:
        super().__init__(what, why=why, hint=hint)
        self.file = file
        self.item = item
        self.column = column


class OutcomeError(TegataError):
    """A decision stands in the way; the exit code is the outcome's own."""

    code = "outcome"

    def __init__(self, what: Say, *, exit_code: int, why: Say = "", hint: Say = "") -> None:
        super().__init__(what, why=why, hint=hint)
        self.exit_code = exit_code


class VerificationError(TegataError):
    code = "verification"


class ExposureError(TegataError):
    code = "exposure"


class DifferencingError(TegataError):
    code = "differencing"


class StoreError(TegataError):
    code = "store"


class OutboundError(TegataError):
    code = "outbound"


class PeerError(TegataError):
    code = "peer"


class ProtocolError(TegataError):
    """A message that is malformed (`status` 400) or names what the sender may not see (`status` 404)."""

    code = "protocol"

    def __init__(self, what: Say, *, status: int = 400, why: Say = "", hint: Say = "") -> None:
        super().__init__(what, why=why, hint=hint)
        self.status = status
