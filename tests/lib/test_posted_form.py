"""Forms that machines post: every byte of every field, or a refusal."""

from urllib.parse import urlencode

import pytest
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.lib.posted_form import FIELDS_MAX, Field, fields

URLENCODED = "application/x-www-form-urlencoded"
contents = st.dictionaries(
    st.text(st.characters(codec="ascii", categories=["L"]), min_size=1),
    st.binary(max_size=50),
    max_size=5,
)


def multipart(form: dict[str, bytes]) -> bytes:
    head = b'--x1\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    return b"".join(head % (name.encode(), value) for name, value in form.items()) + b"--x1--\r\n"


@given(contents)
def test_bytes_come_back_as_they_were_sent(form: dict[str, bytes]) -> None:
    wanted = [Field(name, value) for name, value in form.items()]
    assert fields(URLENCODED, urlencode(form).encode()) == wanted
    if not any(b"\r\n--x1" in b"\r\n" + value for value in form.values()):
        assert fields("multipart/form-data; boundary=x1", multipart(form)) == wanted


def test_what_django_sends_is_read() -> None:
    body = encode_multipart(BOUNDARY, {"Ümlaut": "größe", "count": "2"})
    found = fields(MULTIPART_CONTENT, body)
    assert [(f.name, f.content.decode()) for f in found] == [("Ümlaut", "größe"), ("count", "2")]


def test_files_have_names_and_types() -> None:
    body = (
        b'--x1  \r\nContent-Disposition: form-data; name="a1"; filename="B.png"\r\n'
        b"Content-Type: image/png\r\n\r\n\x89PNG\r\n\r\n--x1--"
    )
    wanted = [Field("a1", b"\x89PNG\r\n", "B.png", "image/png")]
    assert fields('multipart/form-data; boundary="x1"', body) == wanted


def test_other_bodies_are_no_forms() -> None:
    assert fields("application/json", b"a=b") == []


@pytest.mark.parametrize(
    ("type_", "body"),
    [
        ("multipart/form-data", b"--\r\n\r\n----"),
        ("multipart/form-data; boundary=x1", b"nothing"),
        ("multipart/form-data; boundary=x1", multipart({"a": b"b"})[:-6]),
        ("multipart/form-data; boundary=x1", b"--x1\r\nno content--x1--"),
        ("multipart/form-data; boundary=x1", b"--x1\r\n\r\n\r\n" * (FIELDS_MAX + 2) + b"--x1--"),
        (URLENCODED, b"a=b&" * (FIELDS_MAX + 2)),
    ],
)
def test_a_form_that_is_cut_or_endless_is_refused(type_: str, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        fields(type_, body)
