"""Names of keys in tokens (RFC 7512): one reading, and no PIN in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.model.errors import UsageError
from tegata.trust.token.uri import TokenUri, read_uri

TEXT = st.text(st.characters(exclude_categories=("C", "Z")), max_size=20)


@given(token=TEXT.filter(bool), label=TEXT, identifier=st.binary(max_size=16))
def test_what_is_written_is_read_again(token: str, label: str, identifier: bytes) -> None:
    uri = TokenUri(Path("/usr/lib/driver.so"), token, "0815", label, identifier, Path("/etc/pin file"))
    assert read_uri(str(uri)) == uri


def test_of_the_standard() -> None:
    uri = read_uri(
        "pkcs11:token=My%20token;object=acme;type=private;id=%69%95?module-path=/d.so&pin-source=file:/etc/pin"
    )
    assert uri == TokenUri(Path("/d.so"), "My token", "", "acme", b"i\x95", Path("/etc/pin"))
    assert uri.names_key
    assert not read_uri("pkcs11:serial=1?module-path=/d.so").names_key


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("pkcs11:token=a?module-path=/d.so&pin-value=1234", "seen by others"),
        ("pkcs11:token=a", "driver"),
        ("pkcs11:token=a?module-path=d.so", "driver"),
        ("pkcs11:object=a?module-path=/d.so", "needs a token"),
        ("pkcs11:token=a;slot-id=1?module-path=/d.so", "`slot-id` is not understood"),
        ("pkcs11:token=a;type=cert?module-path=/d.so", "not understood"),
        ("pkcs11:token=a;token=b?module-path=/d.so", "or two"),
        ("pkcs11:token?module-path=/d.so", "no value"),
        ("pkcs11:token=%ff?module-path=/d.so", "not text"),
        ("pkcs11:token=%0A?module-path=/d.so", "not text"),
        ("pkcs11:token=a?module-path=/d.so&module-name=x", "`module-name`"),
        ("pkcs11:token=\n?module-path=/d.so", "begin"),
        ("http://a", "begin"),
    ],
)
def test_what_is_refused(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        read_uri(text)
    assert "1234" not in str(caught.value)
