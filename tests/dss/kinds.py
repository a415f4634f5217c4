"""Why we and EU DSS 6.4 differ on signatures that others made. What is of no kind here fails the judge.

A kind is known by what both say: patterns on main indication, sub-indication and words of each. The first that matches
counts. Where we are stricter it is by a rule that our documents state, where we are laxer by the text of the standard.
"""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """`ours`, `theirs`: patterns. `why`: in one sentence."""

    ours: str
    theirs: str
    why: str


_LATER = "INDETERMINATE|TOTAL_PASSED"
_PDF = (
    Kind(
        "not found in the current context",
        _LATER,
        "a version refers to an object that only a later one brings: whoever writes that decides what is shown",
    ),
    Kind(
        "hidden in a version after the first signature",
        _LATER,
        "a version after the first signature hides objects from some readers (hybrid cross-references, record 0101)",
    ),
    Kind("hidden object stands in two places", _LATER, "readers may show either of two objects of one number"),
    Kind(
        "must not be clobbered|sizes must be nondecreasing|Xref table size mismatch",
        _LATER,
        "cross-references contradict those of earlier versions, so that readers find different objects",
    ),
    Kind("bytes stand behind its end", _LATER, "bytes that nobody signed could be read as something else"),
    Kind(
        "the document was changed after it was signed",
        _LATER,
        "more than proofs, signatures and form entries came after it: annotations, resources of a page, names, objects "
        "set free, proofs of one signature replaced (VRI), or what a certification does not permit; DSS lets it be",
    ),
    Kind(
        "Partial names must not contain periods",
        _LATER,
        "a field has a period in its name, so that two fields may come to the same full one (ISO 32000-1 12.7.3.2)",
    ),
    Kind(
        "states its time in two places",
        _LATER,
        "the signing time stands in dictionary and CMS, and the standard wants it in the dictionary alone "
        "(EN 319 142-1 clause 6.3)",
    ),
    Kind(
        "signer_infos should contain exactly one entry",
        _LATER,
        "a field holds the signature of one signer (ISO 32000-1 12.8.3.3.1)",
    ),
)
_XML = (
    Kind(
        "does not hold.*properties|its properties are not those signed",
        "INDETERMINATE",
        "the signed properties were changed; DSS stops earlier, as something else is open",
    ),
    Kind(
        "nobody signed `[^`]*[^\\x00-\\x7f]",
        "INDETERMINATE",
        "a ZIP whose names are in no known encoding: without its mark they are CP437 (appnote D.1), so the file that "
        "was signed is not there by that name",
    ),
    Kind(
        "nobody signed `",
        _LATER,
        "something in it nobody signed and would be shown as signed: wrapped signatures, an `Object` without a "
        "reference, parts to which only a `Manifest` leads, whose references nobody has to check",
    ),
    Kind(
        "transforms (the files|what it signs)",
        "INDETERMINATE",
        "no transform of a stranger (XPath, XSLT) is evaluated but a canonicalisation, base64 and the three spellings "
        "of `without the signatures` (record 0093)",
    ),
    Kind(
        "properties are not its own|several sets of properties|means a part of a signature",
        "INDETERMINATE",
        "the reference to the signed properties does not mean those at their place: another edition (XAdES 1.1.1, "
        "1.2.2), an XPath, no stated type, or wrapped ones",
    ),
    Kind(
        "NO_CERTIFICATE_CHAIN_FOUND",
        "TOTAL_FAILED FORMAT_FAILURE.*structure of the signature",
        "the schema of what nobody signed is broken; what does not read there is of no use, and no fault of the "
        "signature",
    ),
)
KINDS: tuple[Kind, ...] = (*_PDF, *_XML)
