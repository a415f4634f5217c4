"""Where the parts of an XAdES signature stand (EN 319 132-1 clause 4), and what its documents look like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NoReturn

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust.ades.signature import MAX_SIGNATURES
from tegata.trust.xml import MAX_XML
from tegata.trust.xmldsig import DS, XADES

XADES141: Final = "http://uri.etsi.org/01903/v1.4.1#"
SIGNATURE: Final = f"{{{DS}}}Signature"
_EDITIONS: Final = (XADES, "http://uri.etsi.org/01903/v1.2.2#", "http://uri.etsi.org/01903/v1.1.1#")
_OFTEN: Final = 8  # how often a large document may be meant


class Allowance:
    """How many bytes the parts of one document may come to that its signatures mean, however often they mean them."""

    def __init__(self, document: bytes) -> None:
        self._left = MAX_XML + _OFTEN * len(document)

    def take(self, octets: bytes) -> bytes:
        """The same bytes. Raises VerificationError when that is too much."""
        self._left -= len(octets)
        if self._left < 0:
            refuse("it signs the same over and over", "同じものに何度も署名しています")
        return octets


def named(root: Any) -> dict[str, Any]:
    """The elements of a document by their names; None where several have one, so that it means none of them."""
    found: dict[str, Any] = {}
    for name in ("Id", "ID", "id"):
        for one in root.xpath(f"//*[@{name}]"):
            found[one.get(name)] = None if one.get(name) in found else one
    return found


def signatures_in(root: Any) -> list[Any]:
    """Those of the document, not what stands inside of another one. Raises VerificationError when there are none."""
    found = [one for one in root.iter(SIGNATURE) if SIGNATURE not in (above.tag for above in one.iterancestors())]
    if not 0 < len(found) <= MAX_SIGNATURES:
        refuse("it has no signature, or too many", "署名がないか、多すぎます")
    for one in found:
        _check_nested(one)
    return found


def _check_nested(signature: Any) -> None:
    """Inside of it another one may only countersign it, or belong to what it carries."""
    holders = [one.getparent() for one in qualifying(signature)]
    if len(holders) > 1:
        refuse("it has several sets of properties", "署名属性が複数組あります")
    for inner in list(signature.iter(SIGNATURE))[1:]:
        above = list(inner.iterancestors())
        carrier = above[above.index(signature) - 1]
        carried = carrier.tag == f"{{{DS}}}Object" and carrier not in holders
        if not carried and not is_named(above[0], "CounterSignature"):
            refuse("a signature stands inside another", "署名の中に別の署名があります")


def is_named(element: Any, name: str) -> bool:
    """Whether it is what XAdES calls so, in any of its editions."""
    return any(element.tag == f"{{{space}}}{name}" for space in _EDITIONS)


def within(element: Any, path: str) -> list[Any]:
    """The elements at a place below it (names of XAdES), in its own edition alone."""
    space = element.tag.rpartition("}")[0]
    return list(element.findall("/".join(f"{space}}}{name}" for name in path.split("/"))))


def qualifying(signature: Any) -> list[Any]:
    """Its sets of properties."""
    return [one for one in signature.findall(f"{{{DS}}}Object/*") if is_named(one, "QualifyingProperties")]


def signed(signature: Any) -> list[Any]:
    """Its signed properties; one that is read has exactly one such element."""
    return [one for each in qualifying(signature) for one in within(each, "SignedProperties")]


def unsigned(signature: Any) -> Iterator[Any]:
    """Properties that nobody signed, in order."""
    for each in qualifying(signature):
        for one in within(each, "UnsignedProperties/UnsignedSignatureProperties"):
            yield from one


def only(element: Any, name: str) -> Any:
    """The one child of this name among those of an XML signature. Raises VerificationError."""
    found = element.findall(f"{{{DS}}}{name}")
    if len(found) != 1:
        refuse(f"it has {len(found)} `{name}`", f"`{name}` が {len(found)} 個あります")
    return found[0]


def refuse(en: str, ja: str) -> NoReturn:
    raise VerificationError(t("the signature is not acceptable XAdES", "XAdES として認められません"), why=t(en, ja))
