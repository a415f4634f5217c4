"""The manifest of an ASiC-E container (ETSI EN 319 162-1 annex A.4): which signature, over which files."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, NoReturn
from urllib.parse import quote, unquote
from xml.parsers import expat

from tegata.model.base import t
from tegata.model.errors import VerificationError
from tegata.trust.ades.signature import MAX_OBJECTS, absent, other_content
from tegata.trust.xmldsig import DIGESTS, DS

MANIFEST: Final = "META-INF/ASiCManifest.xml"
SIGNATURE: Final = "META-INF/signature.p7s"
_ASIC: Final = "http://uri.etsi.org/02918/v1.2.1#"
_SPACES: Final = (_ASIC, "http://uri.etsi.org/2918/v1.2.1#")  # the second is that of X-Road
_SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
_MAX_SIZE: Final = 8 << 20
_MAX_DEPTH: Final = 8
_MEDIA_TYPES: Final = {
    "json": "application/json",
    "html": "text/html",
    "jws": "application/jose",
    "pdf": "application/pdf",
}


class Mentioned(NamedTuple):
    """A file that a manifest is about."""

    name: str
    hash_name: str
    digest: bytes


class Manifest(NamedTuple):
    """Which file holds the signature over this manifest, and what that is about."""

    signature: str
    files: tuple[Mentioned, ...]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(file.name for file in self.files)

    def covered(
        self, files: Mapping[str, bytes], manifests: Iterable[Manifest], inside: Iterable[bytes]
    ) -> frozenset[bytes]:
        """Tokens among what a time-stamp over this is over: those of other manifests, and `inside` the signature."""
        others = (files[one.signature] for one in manifests if one.signature in self.names)
        return frozenset((*others, *inside))

    def check(self, files: Mapping[str, bytes]) -> None:
        """Raises VerificationError, or OpenError when one is not there, unless these are the files that it means."""
        for file in self.files:
            if hashlib.new(file.hash_name, files.get(file.name, b"")).digest() != file.digest:
                raise other_content(file.name) if file.name in files else absent(file.name)


def write_manifest(signature: str, digests: Mapping[str, bytes], kind: str = "application/pkcs7-signature") -> bytes:
    """The manifest of files by their SHA-256; the same digests are always the same bytes.

    Args:
        kind: media type of the signature or time-stamp over this manifest.
    """
    files = "".join(
        f'<asic:DataObjectReference URI={_uri(name)} MimeType="{media_type(name)}">'
        f'<ds:DigestMethod Algorithm="{_SHA256}"/><ds:DigestValue>{base64.b64encode(digest).decode()}</ds:DigestValue>'
        "</asic:DataObjectReference>"
        for name, digest in sorted(digests.items())
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<asic:ASiCManifest xmlns:asic="{_ASIC}" xmlns:ds="{DS}">'
        f'<asic:SigReference URI={_uri(signature)} MimeType="{kind}"/>{files}</asic:ASiCManifest>'
    ).encode()


def read_manifest(data: bytes) -> Manifest:
    """Raises VerificationError for anything that is not one manifest, with a DTD, or with what is not understood."""
    root = _Reader().read(data)
    space, _, name = root.tag.rpartition(" ")
    if space not in _SPACES or name != "ASiCManifest" or not root.held or root.held[0].tag != f"{space} SigReference":
        _refuse("it is no ASiCManifest", "ASiCManifest ではありません")
    files = []
    for element in root.held[1:]:
        if element.tag != f"{space} DataObjectReference":
            _refuse("it holds what is not understood", "解釈できない要素があります")
        files.append(_mentioned(element))
    names = [file.name for file in files]
    if not 0 < len(names) <= MAX_OBJECTS or len(set(names)) != len(names):
        _refuse("it names no file, or one twice", "ファイルがないか、重複しています")
    return Manifest(_name(root.held[0]), tuple(files))


class _Element:
    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag, self.attributes, self.text = tag, attributes, ""
        self.held: list[_Element] = []


class _Reader:
    """XML without document types, entities and instructions, of bounded size and depth."""

    def __init__(self) -> None:
        self._root = _Element("", {})
        self._open = [self._root]

    def read(self, data: bytes) -> _Element:
        """The root element."""
        parser = expat.ParserCreate(encoding="UTF-8", namespace_separator=" ")
        parser.XmlDeclHandler = self._declared
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = self._forbidden
        parser.ProcessingInstructionHandler = self._forbidden
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        try:
            if len(data) > _MAX_SIZE:
                _refuse("it is too large", "大きすぎます")
            parser.Parse(data, True)
        except (expat.ExpatError, ValueError):
            _refuse("it is no XML", "XML ではありません")
        return self._root.held[0]

    def _declared(self, _: str, encoding: str | None, __: int) -> None:
        if encoding is not None and encoding.upper() != "UTF-8":
            _refuse("it is not in UTF-8", "UTF-8 ではありません")

    def _forbidden(self, *_: Any) -> None:
        _refuse("it holds a document type or an instruction", "文書型宣言または処理命令があります")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) > _MAX_DEPTH:
            _refuse("it is nested too deeply", "入れ子が深すぎます")
        element = _Element(tag, attributes)
        self._open[-1].held.append(element)
        self._open.append(element)

    def _end(self, _: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._open[-1].text += text


def _mentioned(element: _Element) -> Mentioned:
    kinds = [one.tag for one in element.held]
    if kinds[:2] != [f"{DS} DigestMethod", f"{DS} DigestValue"]:
        _refuse("a reference is malformed", "参照の形式が誤っています")
    method, value = element.held[:2]
    hash_name = DIGESTS.get(method.attributes.get("Algorithm", ""))
    if hash_name is None:
        _refuse("its hash is not acceptable", "ハッシュが認められません")
    text = "".join(value.text.split())
    try:
        digest = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        digest = b""
    if base64.b64encode(digest).decode() != text:
        _refuse("a digest is not base64", "ダイジェストが base64 ではありません")
    return Mentioned(_name(element), hash_name, digest)


def _name(element: _Element) -> str:
    uri = element.attributes.get("URI", "")
    try:
        name = unquote(uri, errors="strict")
    except UnicodeDecodeError:
        name = ""
    if not name or "://" in uri or uri.startswith(("/", "#")):
        _refuse("it names no file of the container", "コンテナー内のファイルを示していません")
    return name


def _uri(name: str) -> str:
    return f'"{quote(name)}"'  # which leaves nothing that means something in XML


def media_type(name: str) -> str:
    """By the ending of a name."""
    return _MEDIA_TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def _refuse(en: str, ja: str) -> NoReturn:
    raise VerificationError(t("the manifest is not acceptable", "目録が認められません"), why=t(en, ja))
