"""Signed containers (ETSI EN 319 162-1), by what they say of themselves: ASiC-E, ASiC-S, documents of OpenDocument.

One that says nothing is read as ASiC-E: the entry `mimetype` should be there, but need not (clause 4.4.3.1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tegata.model.errors import VerificationError
from tegata.model.evidence import Verification
from tegata.trust.ades.asic_xml import is_in_xml, read_in_xml
from tegata.trust.ades.asice import read_in_cms
from tegata.trust.ades.asics import only_file, read_simple
from tegata.trust.ades.paths import Trust
from tegata.trust.ades.signature import Ades
from tegata.trust.ades.verdict import judge, unreadable, worst
from tegata.trust.ades.zip import read_zip, refused
from tegata.trust.container import MIMETYPE

_EXTENDED: Final = frozenset({"", MIMETYPE, "application/vnd.bdoc-1.0"})  # the last is of BDOC, which became ASiC-E
_SIMPLE: Final = "application/vnd.etsi.asic-s+zip"
_OPEN_DOCUMENT: Final = "application/vnd.oasis.opendocument."
_OF_DOCUMENT: Final = "META-INF/documentsignatures.xml"


def verify_container(data: bytes, trust: Trust) -> Verification:
    """Tells whether each signature of a container holds and together they are over every file. Never raises."""
    try:
        reads = signatures(read_zip(data))
    except VerificationError as error:
        return unreadable(error)
    return worst([judge(read, trust) for read in reads])


def signatures(files: Mapping[str, bytes]) -> list[Callable[[], Ades]]:
    """Each signature, to be read. Raises VerificationError when it is no such container, or nobody signed a file."""
    kind = files.get("mimetype", b"").strip().decode(errors="replace")
    about = {"mimetype", *(name for name in files if name.startswith("META-INF/"))}
    if not files.keys() - about:
        raise refused("it holds no file that could be signed", "署名されるべきファイルがありません")
    if kind.startswith(_OPEN_DOCUMENT):  # all but the signatures is signed (ODF 1.2 part 3 section 5.2)
        return read_in_xml(files, "OpenDocument", {_OF_DOCUMENT})
    if kind == _SIMPLE:
        only_file(files)
        return read_in_xml(files, "ASiC-S", about) if is_in_xml(files) else read_simple(files)
    if kind not in _EXTENDED:
        raise refused("it does not say that it is ASiC", "ASiC であると示していません")
    return read_in_xml(files, "ASiC-E", about) if is_in_xml(files) else read_in_cms(files)
