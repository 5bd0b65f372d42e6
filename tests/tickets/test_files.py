"""Downloading files: only for those who may see them, and harmless in a browser."""

import pytest
from django.core.files.base import ContentFile
from django.http import FileResponse
from django.test import Client

from departments.models import Person
from tests.cast import Company
from tests.conftest import Make
from tests.tickets.pages import SignIn
from tickets import actions
from tickets.models import Attachment


def kept(by: Person, name: str = "port.png", kind: str = "image/png") -> Attachment:
    return actions.keep_file(ContentFile(b"file words"), name=name, type=kind, by=by)


def sent(make: Make, **file: str) -> Attachment:
    attachment = kept(make.company.elif_, **file)
    make.ticket(files=[attachment])
    attachment.refresh_from_db()
    return attachment


def secret(make: Make) -> Attachment:
    attachment = kept(make.company.elif_)
    make.secret(files=[attachment])
    return attachment


def body(answer: object) -> bytes:
    assert isinstance(answer, FileResponse)
    return b"".join(answer.streaming_content)  # type: ignore[arg-type]


def test_a_file_is_a_download_that_a_browser_cannot_run(make: Make, sign_in: SignIn) -> None:
    file = sent(make, name="page.html", kind="text/html")
    answer = sign_in(make.company.elif_).get(file.get_absolute_url())
    assert body(answer) == b"file words"
    assert answer["Content-Disposition"] == 'attachment; filename="page.html"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cache-Control"].startswith("private")


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/gif", "image/webp"])
def test_a_picture_opens_in_place_when_asked(make: Make, sign_in: SignIn, kind: str) -> None:
    file = sent(make, kind=kind)
    answer = sign_in(make.company.elif_).get(f"{file.get_absolute_url()}?inline")
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["Content-Type"] == kind


@pytest.mark.parametrize(
    "kind", ["image/svg+xml", "text/html", "application/pdf", "text/xml", "IMAGE/PNG; x"]
)
def test_nothing_else_opens_in_place(make: Make, sign_in: SignIn, kind: str) -> None:
    file = sent(make, name="x.svg", kind=kind)
    answer = sign_in(make.company.elif_).get(f"{file.get_absolute_url()}?inline")
    assert answer["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("日本語.png", "attachment; filename*=utf-8''%E6%97%A5%E6%9C%AC%E8%AA%9E.png"),
        ('a"b;c.png', 'attachment; filename="a\\"b;c.png"'),
        ("line\r\nX-Evil: 1.png", 'attachment; filename="lineX-Evil: 1.png"'),
    ],
)
def test_odd_names_are_written_as_the_standard_says(
    make: Make, sign_in: SignIn, name: str, header: str
) -> None:
    file = sent(make, name=name)
    answer = sign_in(make.company.elif_).get(file.get_absolute_url())
    assert answer["Content-Disposition"] == header
    assert "X-Evil" not in answer


@pytest.mark.parametrize("name", ["misaki", "andreea", "elif_"])
def test_those_who_may_read_a_secret_download_its_file(
    make: Make, sign_in: SignIn, name: str
) -> None:
    client = sign_in(getattr(make.company, name))
    assert client.get(secret(make).get_absolute_url()).status_code == 200


@pytest.mark.parametrize("name", ["olga", "tom", "mihai", "sam"])
def test_for_others_the_file_of_a_secret_does_not_exist(
    make: Make, sign_in: SignIn, name: str
) -> None:
    client = sign_in(getattr(make.company, name))
    assert client.get(secret(make).get_absolute_url()).status_code == 404


def test_the_file_of_a_note_is_the_desks_alone(make: Make, sign_in: SignIn) -> None:
    file = kept(make.company.mihai)
    actions.note(make.ticket(), by=make.company.mihai, body="Look.", files=[file])
    where = file.get_absolute_url()
    assert sign_in(make.company.jonas).get(where).status_code == 200
    assert sign_in(make.company.elif_).get(where).status_code == 404


def test_a_file_not_sent_yet_is_its_owners_alone(company: Company, sign_in: SignIn) -> None:
    where = kept(company.elif_).get_absolute_url()
    assert sign_in(company.elif_).get(where).status_code == 200
    assert sign_in(company.mihai).get(where).status_code == 404


def test_a_file_whose_bytes_are_gone_does_not_exist(make: Make, sign_in: SignIn) -> None:
    file = sent(make)
    file.file.delete(save=False)
    assert sign_in(make.company.elif_).get(file.get_absolute_url()).status_code == 404


def test_guests_sign_in_first(make: Make, client: Client) -> None:
    answer = client.get(sent(make).get_absolute_url())
    assert answer["Location"].startswith("/accounts/login/")
