"""Hash chains: one signature or time-stamp over many messages at once (X-Road, batch signatures and batch stamps).

What is signed is a small document, `HashChainResult`, with the digest of a step. A step is a list of digests: of files,
of other steps, or of what belongs to others. So each message travels with its own way to what was signed, and nobody
else's. A step's digest is over the DER of its list, as the reference implementation builds it:

    SEQUENCE OF SEQUENCE { digest OCTET STRING, method UTF8String, transforms SEQUENCE {} }
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, NoReturn

from tegata.model.base import t
from tegata.model.errors import InputError, VerificationError
from tegata.trust import der
from tegata.trust.ades.signature import other_content
from tegata.trust.xml import parse, parse_signed
from tegata.trust.xmldsig import DIGESTS, DS, algorithm_of, base64_of

_CHAIN: Final = "http://cyber.ee/hashchain"
_RESULT: Final = f"{{{_CHAIN}}}HashChainResult"
_KINDS: Final = tuple(f"{{{_CHAIN}}}{name}" for name in ("HashValue", "StepRef", "DataRef"))
_VALUE, _STEP, _DATA = _KINDS
_MAX_VALUES: Final = 10_000  # of all steps together; X-Road puts up to that many messages under one time-stamp
_MAX_DEPTH: Final = 64
_UTF8: Final = 0x0C


class _Place(NamedTuple):
    """A step: the file that holds it, and its name there."""

    file: str
    step: str


class _Document(NamedTuple):
    """A file of steps: each by its name, twice there or not, and the method of digests that state none."""

    root: Any
    default: str
    steps: Mapping[str, list[Any]]


class HashChain:
    """What a signed result leads to. `files`: names of the messages at hand that it is over."""

    def __init__(self, result: bytes, files: Mapping[str, bytes]) -> None:
        """Raises VerificationError when something is malformed. No digest is compared yet: see `check`."""
        self._all = files
        self._result = _root(result, _RESULT)
        self._chains: dict[str, _Document] = {}
        self._left = _MAX_VALUES
        self.files: set[str] = set()
        self.digest = self._digest(_place(self._result, ""), self._result, 0)

    @property
    def documents(self) -> frozenset[str]:
        """Names of the files that hold its steps."""
        return frozenset(self._chains)

    def check(self) -> None:
        """Raises VerificationError unless every file at hand is the one meant, and all leads to the result."""
        for name, element, chain in self._data():
            if not hmac.compare_digest(_hashed(_method(element, chain), self._all[name]), _value(element)):
                raise other_content(name)
        if not hmac.compare_digest(self.digest, _value(self._result)):
            _refuse("its steps do not lead to what was signed", "段階をたどっても署名されたものに至りません")

    def _data(self) -> Iterator[tuple[str, Any, _Document]]:
        for chain in self._chains.values():
            for element in chain.root.iter(_DATA):
                name = _file(element.get("URI", ""))
                if name in self.files:
                    yield name, element, chain

    def _digest(self, place: _Place, method: Any, depth: int) -> bytes:
        """Of a step, by the method that `method` states."""
        if depth > _MAX_DEPTH:
            _refuse("it is nested too deeply", "入れ子が深すぎます")
        chain = self._chain(place.file)
        steps = chain.steps.get(place.step, [])
        if len(steps) != 1:
            _refuse("a step is not there, or twice", "段階がないか、重複しています")
        found = b"".join(self._single(value, chain, place.file, depth) for value in self._values(steps[0]))
        return _hashed(_method(method, chain), der.sequence(found))

    def _single(self, value: Any, chain: _Document, file: str, depth: int) -> bytes:
        uri = _method(value, chain)
        digest = self._digest(_place(value, file), value, depth + 1) if value.tag == _STEP else _value(value)
        name = _file(value.get("URI", ""))
        if value.tag == _DATA and name in self._all:  # what is not at hand counts by its digest, and for nothing else
            self.files.add(name)
        return der.sequence(der.octets(digest), der.tlv(_UTF8, uri.encode()), der.sequence())

    def _values(self, step: Any) -> list[Any]:
        values = list(step)
        self._left -= len(values)
        if self._left < 0 or not values:
            _refuse("a step holds nothing, or there are too many values", "段階が空か、値が多すぎます")
        if any(one.tag not in _KINDS or one.find(f"{{{DS}}}Transforms") is not None for one in values):
            _refuse("it holds what is not understood", "解釈できない要素があります")
        return values

    def _chain(self, name: str) -> _Document:
        if name not in self._chains:
            if name not in self._all:
                _refuse(f"`{name}` is not there", f"`{name}` がありません")
            self._chains[name] = _document(self._all[name])
        return self._chains[name]


def is_result(data: bytes) -> bool:
    """Whether a file is the result of a hash chain, good or bad, rather than a message."""
    if b"HashChainResult" not in data[:4096]:
        return False
    try:
        return bool(parse(data).tag == _RESULT)
    except InputError:
        return False


def _document(data: bytes) -> _Document:
    root = _root(data, f"{{{_CHAIN}}}HashChain")
    steps: dict[str, list[Any]] = {}
    for one in root.iterfind(f"{{{_CHAIN}}}HashStep"):
        steps.setdefault(one.get("id", ""), []).append(one)
    default = root.find(f"{{{_CHAIN}}}DefaultDigestMethod")
    return _Document(root, "" if default is None else default.get("Algorithm", ""), steps)


def _root(data: bytes, tag: str) -> Any:
    root = parse_signed(data)
    if root.tag != tag:
        _refuse("it is of another kind", "別の種類の文書です")
    return root


def _place(element: Any, file: str) -> _Place:
    """Where `URI` leads: a step of this document, or of another file of the container."""
    name, _, step = element.get("URI", "").partition("#")
    if not step or not (name or file):
        _refuse("it names no step", "段階を示していません")
    return _Place(_file(name) or file, step)


def _file(uri: str) -> str:
    return uri.removeprefix("/")


def _method(element: Any, chain: _Document) -> str:
    uri = algorithm_of(element, "DigestMethod") or chain.default
    if uri not in DIGESTS:
        _refuse("its digest is not accepted", "ダイジェストの方式を受け入れられません")
    return uri


def _hashed(uri: str, data: bytes) -> bytes:
    return hashlib.new(DIGESTS[uri], data).digest()


def _value(element: Any) -> bytes:
    value = base64_of(element.find(f"{{{DS}}}DigestValue"))
    if value is None:
        _refuse("a digest is not base64", "ダイジェストが base64 ではありません")
    return value


def _refuse(en: str, ja: str) -> NoReturn:
    raise VerificationError(t("the hash chain does not hold", "ハッシュ連鎖が成り立ちません"), why=t(en, ja))
