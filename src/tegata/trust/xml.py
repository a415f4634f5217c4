"""XML from strangers: no document type, no entities, no network, bounded."""

from __future__ import annotations

from typing import Any, Final

from tegata.model.base import t
from tegata.model.errors import InputError, UsageError, VerificationError

MAX_XML: Final = 32 * 1024 * 1024  # bytes; the largest national list is about 6 MiB


def parse(data: bytes) -> Any:
    """The root element. Raises InputError for what is not well-formed, too large, or brings a document type."""
    etree = xml_library()
    if len(data) > MAX_XML:
        raise refused(f"it has more than {MAX_XML} bytes", f"{MAX_XML} バイトを超えています")
    # A comment would be read as the end of a text, yet it is not digested: "granted<!-- -->not" must not be "granted".
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise refused(str(error)[:160], str(error)[:160]) from None
    if root.getroottree().docinfo.doctype:
        raise refused("it brings a document type", "文書型定義が含まれています")
    return root


def parse_signed(data: bytes) -> Any:
    """The root of what a signature stands in or is about. Raises VerificationError."""
    try:
        return parse(data)
    except InputError as error:
        raise VerificationError(error.what, why=error.why) from None


def xml_library() -> Any:
    """Not everybody reads lists in XML. Raises UsageError, which says what to install."""
    try:
        from lxml import etree
    except ImportError:
        raise UsageError(
            t("XML cannot be read without the package lxml", "XML を読むには lxml が必要です"),
            hint=t("install it: pip install 'tegata[lists]'", "pip install 'tegata[lists]' で導入してください"),
        ) from None
    return etree


def refused(en: str, ja: str) -> InputError:
    return InputError(t("the XML document cannot be read", "XML 文書を読めません"), why=t(en, ja))
