"""Links in headers: RFC 8288 as other servers write them, and back from our own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.wire.link import read_links, write_links

RELATIONS = st.sampled_from(["next", "previous", "first", "last"])
TARGETS = st.from_regex(r"https?://[a-z0-9.]{1,20}/[!-;=?-~]{0,40}", fullmatch=True)


@given(st.dictionaries(RELATIONS, TARGETS))
def test_what_is_written_reads_the_same(targets: dict[str, str]) -> None:
    assert read_links(write_links(targets)) == targets


@pytest.mark.parametrize(
    ("header", "links"),
    [
        ("", {}),
        ('<https://a.example/c?t=1>; rel="previous", <https://a.example/c?t=2>; rel="next"', {
            "previous": "https://a.example/c?t=1", "next": "https://a.example/c?t=2",
        }),
        ("</c?after=a,b;c>;rel=next", {"next": "/c?after=a,b;c"}),
        ('</c>; title="page 2, the next; one" ; REL = "NEXT start"', {"next": "/c", "start": "/c"}),
        ('</1>; rel="next", </2>; rel="next"', {"next": "/1"}),
        ('</1>; title="x; rel=next"; rel=last', {"last": "/1"}),
        ("</1>; rel=next; rel=last", {"next": "/1"}),
        ("</1>; crossorigin; rel=next", {"next": "/1"}),
        ("</1>", {}),
        ("nonsense, </1>; rel=next", {"next": "/1"}),
    ],
)  # fmt: skip
def test_links_of_others(header: str, links: dict[str, str]) -> None:
    assert read_links(header) == links


@given(st.text())
def test_any_text_is_read(header: str) -> None:
    read_links(header)
