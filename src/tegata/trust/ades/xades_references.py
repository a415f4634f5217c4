"""What a signature in XML is over (XML-Signature section 4.4.3): files beside it, or parts of its own document.

Of a document only this may be meant: all of it without the signature, an element by a name that stands once, or what
the signature itself carries in a `ds:Object`. Transforms are a canonicalisation, base64, and the three ways to leave
signatures out; no other is performed, so nobody's expression is evaluated here. What is read is what was digested.
"""

from __future__ import annotations

import copy
import hmac
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final
from urllib.parse import unquote

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust.ades.signature import MAX_OBJECTS, Contents, absent, find, other_content
from tegata.trust.ades.xades_form import Allowance, named, qualifying, refuse, signed
from tegata.trust.content import Content, digest_of
from tegata.trust.xml import parse_signed
from tegata.trust.xmldsig import (
    CANONICAL,
    DS,
    ENVELOPED,
    INCLUSIVE,
    PROPERTIES,
    algorithm_of,
    base64_of,
    canonical_bytes,
    check_strong,
    digest_named,
)

_VERSIONS: Final = ("v1.1.1", "v1.2.2", "v1.3.2")  # older documents state their type so
_BASE64: Final = f"{DS}base64"
_XPATH: Final = "http://www.w3.org/TR/1999/REC-xpath-19991116"
_FILTER: Final = "http://www.w3.org/2002/06/xmldsig-filter2"
_NO_SIGNATURE: Final = frozenset({"not(ancestor-or-self::ds:Signature)", "not(ancestor-or-self::dsig:Signature)"})
_SUBTRACTED: Final = frozenset({"/descendant::ds:Signature", "/descendant::dsig:Signature"})
_OLDER: Final = frozenset(f"http://uri.etsi.org/01903/{one}#SignedProperties" for one in _VERSIONS)
_SIGNATURE: Final = f"{{{DS}}}Signature"
_POINTER: Final = re.compile(r"#xpointer\(id\('([^'\"()]+)'\)\)")  # the same as the name alone (XML-Signature 4.4.3.3)


class Reference:
    """One `ds:Reference` of a signature."""

    def __init__(self, element: Any, signature: Any, named: Mapping[str, Any], allowance: Allowance) -> None:
        """`named`: the elements of the document by their names."""
        self._element, self._signature, self._named, self._allowance = element, signature, named, allowance
        self._uri: str | None = element.get("URI")
        self._made: dict[str, bytes] = {}
        self.is_properties = element.get("Type") in {PROPERTIES, *_OLDER}

    @property
    def is_file(self) -> bool:
        """Whether it means something beside the document."""
        return self._uri is None or (self._uri != "" and not self._uri.startswith("#"))

    @property
    def is_own(self) -> bool:
        """Whether it means a part of its signature: the properties, or what that carries."""
        return self.target is not None and self._signature in self.target.iterancestors()

    @cached_property
    def name(self) -> str:
        """Of the file that it means. VerificationError for what is no such name, or transformed."""
        if self._uri is None:
            return ""
        uri = self._uri
        try:
            name = unquote(uri, errors="strict").removeprefix("/").removeprefix("./")
        except UnicodeDecodeError:
            name = ""
        if not name or uri.startswith("//") or ":" in uri or "?" in uri or "#" in uri:
            refuse("it names no file", "ファイルを示していません")
        return name

    @cached_property
    def target(self) -> Any:
        """The element of the document that it means; None when there is none. VerificationError: it may not be."""
        if not self._uri:
            return self._signature.getroottree().getroot()
        pointer = _POINTER.fullmatch(self._uri)
        name = pointer[1] if pointer else self._uri[1:]
        target = self._named.get(name)
        if target is not None:
            self._check_place(target)
        elif name in self._named:
            refuse("the name of what it signs stands twice", "署名対象の名前が二度使われています")
        return target

    def _check_place(self, target: Any) -> None:
        """Inside a signature only its own: what it carries, its key, or its properties."""
        above = [target, *target.iterancestors()]
        around = next((one for one in above if one.tag == _SIGNATURE), None)
        if around is None or target in signed(self._signature):
            return
        own = above[above.index(around) - 1] if above.index(around) else None
        carried = own is not None and own.tag in (f"{{{DS}}}Object", f"{{{DS}}}KeyInfo")
        holders = [one.getparent() for one in qualifying(self._signature)]
        if around is not self._signature or not carried or own in holders:
            refuse("it means a part of a signature", "署名の一部を示しています")

    def content(self, contents: Contents, canonical: str = INCLUSIVE) -> Content:
        """What is digested. OpenError when it is not at hand.

        Args:
            canonical: how nodes become bytes when the reference does not say so.
        """
        if self.is_file:
            return self._of_file(find(contents, self.name))
        if self.target is None:
            raise absent(str(self._uri))
        return digest_of(self._octets(canonical))

    def _of_file(self, content: Content) -> Content:
        """Its very bytes, or as XML in its canonical form."""
        if not self._steps:
            return content
        root = parse_signed(b"".join(content))
        return digest_of(_as_octets(root, self._steps[0], INCLUSIVE, whole=True))

    def check_form(self) -> None:
        """Raises VerificationError unless what it means, and how, is understood."""
        plain = len(self._steps) < 2 and all(one.get("Algorithm") in CANONICAL for one in self._steps)
        if self.is_file and not plain:
            refuse("it transforms the files that it signs", "署名対象のファイルを変換しています")
        _ = self.name if self.is_file else self.target is None or self._octets(INCLUSIVE)

    def check(self, contents: Contents) -> None:
        """Raises VerificationError unless the content is the one that was signed, OpenError when it is not there."""
        content, name = self.content(contents), digest_named(algorithm_of(self._element, "DigestMethod"))
        if name is None:
            refuse("its digest is not accepted", "ダイジェストの方式を受け入れられません")
        stated = base64_of(self._element.find(f"{{{DS}}}DigestValue"))
        if not hmac.compare_digest(content(name), stated or b""):
            if self.is_properties:
                raise VerificationError(
                    t("its properties are not those signed", "署名属性が署名されたものと異なります")
                )
            raise other_content(self.name if self.is_file else str(self._uri) or "DOCUMENT")

    def check_strength(self) -> None:
        """Raises WeakError when its digest once was good enough."""
        check_strong(algorithm_of(self._element, "DigestMethod"))

    @cached_property
    def _steps(self) -> list[Any]:
        return list(self._element.iterfind(f"{{{DS}}}Transforms/{{{DS}}}Transform"))

    def _octets(self, canonical: str) -> bytes:
        if canonical not in self._made:
            self._made[canonical] = self._allowance.take(self._transformed(canonical))
        return self._made[canonical]

    def _transformed(self, canonical: str) -> bytes:
        target, steps = self.target, list(self._steps)
        left_out: list[Any] = []
        while steps and (gone := self._left_out(steps[0], target)) is not None:
            left_out += gone
            steps.pop(0)
        if len(steps) > 1:
            refuse("it transforms what it signs in another way", "署名対象の変換が定められたものではありません")
        if self._signature in (inside := list(target.iter(_SIGNATURE))) and self._signature not in left_out:
            refuse("it signs itself", "署名自身を署名しています")
        kept = without(target, [one for one in inside if one in left_out])
        return _as_octets(kept, steps[0] if steps else None, canonical, whole=not self._uri)

    def _left_out(self, step: Any, target: Any) -> list[Any] | None:
        """The signatures that a transform removes; None when it is another transform."""
        algorithm = step.get("Algorithm")
        if algorithm == ENVELOPED and not len(step):
            return [self._signature]
        texts = ["".join((one.text or "").split()) for one in step]
        if algorithm == _XPATH and len(texts) == 1 and texts[0] in _NO_SIGNATURE and _speaks_of(step[0]):
            return list(target.iter(_SIGNATURE))
        subtracts = len(texts) == 1 and step[0].get("Filter") == "subtract"
        if algorithm == _FILTER and subtracts and texts[0] in _SUBTRACTED and _speaks_of(step[0]):
            return list(target.iter(_SIGNATURE))
        return None


def read_references(signature: Any, allowance: Allowance) -> tuple[Reference, ...]:
    """At most one is to its own properties. Raises VerificationError."""
    names, stated = named(signature.getroottree().getroot()), signature.findall(f"{{{DS}}}SignedInfo/{{{DS}}}Reference")
    found = [Reference(one, signature, names, allowance) for one in stated]
    inner = sum(one.is_properties for one in found)
    if inner > 1 or not inner < len(found) <= MAX_OBJECTS:
        refuse("it signs no data, or properties twice", "データを署名していないか、署名属性を二度署名しています")
    return tuple(found)


def without(target: Any, left_out: list[Any]) -> Any:
    """The element without these, or a copy of it: the text behind each stays, as the transforms leave it."""
    if not left_out:
        return target
    root = copy.deepcopy(target.getroottree()).getroot()
    removed, kept = [_at(root, _way(one)) for one in left_out], _at(root, _way(target))
    for one in removed:
        _remove(one)
    return kept


def _way(element: Any) -> list[int]:
    """Which child, of which child and so on, of the root an element is; from below."""
    way = []
    while (parent := element.getparent()) is not None:
        way.append(parent.index(element))
        element = parent
    return way


def _at(root: Any, way: list[int]) -> Any:
    for place in reversed(way):
        root = root[place]
    return root


def _remove(element: Any) -> None:
    parent, before, tail = element.getparent(), element.getprevious(), element.tail or ""
    if parent is None:
        return
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    element.tail = None
    parent.remove(element)


def _as_octets(kept: Any, step: Any, canonical: str, *, whole: bool) -> bytes:
    method = canonical if step is None else str(step.get("Algorithm"))
    if method == _BASE64:
        value = base64_of(kept)
        if value is None:
            refuse("what it signs is not base64", "署名対象が base64 ではありません")
        return value
    if method not in CANONICAL:
        refuse("it transforms what it signs in another way", "署名対象の変換が定められたものではありません")
    prefixes = tuple(_prefixes(step)) if step is not None else ()
    return canonical_bytes(kept.getroottree() if whole else kept, method, prefixes)


def _prefixes(step: Any) -> Iterator[str]:
    """Of an exclusive canonicalisation the prefixes that it treats inclusively."""
    for one in step:
        if not str(one.tag).endswith("}InclusiveNamespaces"):
            refuse("it transforms what it signs in another way", "署名対象の変換が定められたものではありません")
        yield from one.get("PrefixList", "").split()


def _speaks_of(expression: Any) -> bool:
    """Whether the prefix in the expression means XML signatures there."""
    prefix = "dsig" if "dsig:" in (expression.text or "") else "ds"
    return bool(expression.nsmap.get(prefix) == DS)
