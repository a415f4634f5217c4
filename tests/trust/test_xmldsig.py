"""Canonical XML: a part of a document is canonicalised as the document that it would be by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.trust.xml import parse
from tegata.trust.xmldsig import CANONICAL, EXCLUSIVE, INCLUSIVE, canonical_bytes

pytest.importorskip("lxml")
SPACES = st.dictionaries(st.sampled_from(["", "p", "q"]), st.sampled_from(["urn:a", "urn:b"]), max_size=2)


def written(node: tuple[dict[str, str], str, list[object]], known: frozenset[str] = frozenset()) -> str:
    """A node as text; a prefix that nothing declares is left out."""
    spaces, prefix, inside = node
    now = known | spaces.keys()
    name = f"{prefix}:n" if prefix and prefix in now else "n"
    stated = "".join(f' xmlns{":" * bool(one)}{one}="{uri}"' for one, uri in spaces.items())
    return f"<{name}{stated}>{''.join(written(one, now) for one in inside)}</{name}>"  # type: ignore[arg-type]


NODES = st.recursive(
    st.tuples(SPACES, st.sampled_from(["", "p", "q"]), st.just([])),
    lambda inside: st.tuples(SPACES, st.sampled_from(["", "p", "q"]), st.lists(inside, max_size=3)),
    max_leaves=8,
)


@given(NODES)
def test_parts_in_canonical_form(node: tuple[dict[str, str], str, list[object]]) -> None:
    """The same elements; every name space that was in scope is, and the form of the form is itself."""
    for part in parse(written(node).encode()).iter():
        for method in (INCLUSIVE, EXCLUSIVE):
            form = canonical_bytes(part, method)
            read = parse(form)
            assert [one.tag for one in read.iter()] == [one.tag for one in part.iter()]
            assert canonical_bytes(read, method) == form
            if method == INCLUSIVE:
                assert [one.nsmap for one in read.iter()] == [one.nsmap for one in part.iter()]


def test_the_space_of_a_signature_may_be_the_default_one() -> None:
    """As office programs write it (`xmlns` at the signature, no prefixes): nothing below it leaves that space."""
    root = parse(b'<a xmlns="urn:a"><s xmlns="urn:s"><info><reference><digest/></reference></info> </s></a>')
    expected = b'<info xmlns="urn:s"><reference><digest></digest></reference></info>'
    assert canonical_bytes(root[0][0], INCLUSIVE) == canonical_bytes(root[0][0], EXCLUSIVE) == expected


def test_names_of_the_ways() -> None:
    assert set(CANONICAL) == {
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
        "http://www.w3.org/2006/12/xml-c14n11",
        "http://www.w3.org/2006/12/xml-c14n11#WithComments",
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
    }
