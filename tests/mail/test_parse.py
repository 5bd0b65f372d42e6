"""What a mail says: text, HTML, files, dates, signatures, and nothing that stops the post."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mail.mails import letter, mail, multipart
from tickets.mail.parse import parse

PLAIN = "Content-Type: text/plain\n\nplain words"
HTML = "Content-Type: text/html\n\n<p>html <b>words</b></p>"
PICTURE = "Content-Type: image/png\nContent-ID: <logo@x>\nContent-Disposition: inline\n\nPNG"
PDF = 'Content-Type: application/pdf\nContent-Disposition: attachment; filename="a.pdf"\n\nPDF'
ENCODED = "Content-Transfer-Encoding: "


def test_a_plain_mail() -> None:
    found = letter("Date: Mon, 9 Mar 2026 10:00:00 +0300\nMessage-ID: <1@example.org>")
    assert found.subject == "Printer"
    assert found.text == "Hello"
    assert found.message_id == "<1@example.org>"
    assert found.date == datetime(2026, 3, 9, 7, 0, tzinfo=UTC)
    assert (found.html, found.attachments, found.automatic) == ("", (), False)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Mon, 9 Mar 2026 10:00:00 +0300", datetime(2026, 3, 9, 7, 0, tzinfo=UTC)),
        ("9 Mar 2026 07:00", datetime(2026, 3, 9, 7, 0, tzinfo=UTC)),
        ("Mon, 9 Mar 2026 07:00:00 GMT (comment)", datetime(2026, 3, 9, 7, 0, tzinfo=UTC)),
        ("yesterday", None),
        ("Mon, 99 Mar 9999999999999 10:00:00 +9999", None),
        ("", None),
    ],
)
def test_dates(date: str, expected: datetime | None) -> None:
    assert letter(f"Date: {date}").date == expected


@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        ("base64", "SGVsbG8=", "Hello"),
        ("base64", "SGVs bG8", "Hello"),
        ("base64", "SGVs!!!\nbG8=\n", "Hello"),
        ("BASE64 (sic)", "SGVsbG8=", "Hello"),
        ("quoted-printable", "Hel=\nlo=", "Hello"),
        ("quoted-printable", "100%=zz", "100%=zz"),
        ("7-bit", "Hello", "Hello"),
        ("8bit;", "Hello", "Hello"),
        ("nonsense", "Hello", "Hello"),
        ("x-uuencode", "begin 644 a\n%2&5L;&\\\n`\nend", "Hello"),
    ],
)
def test_transfer_encodings(encoding: str, body: str, text: str) -> None:
    assert letter(ENCODED + encoding, body).text == text


def test_of_two_forms_the_plain_one_is_the_text() -> None:
    found = parse(multipart("alternative", PLAIN, HTML))
    assert found.text == "plain words"
    assert found.html == "<p>html <b>words</b></p>"


def test_an_empty_plain_form_gives_way_to_html() -> None:
    found = parse(multipart("alternative", "Content-Type: text/plain\n\n \n", HTML))
    assert found.text == "html words"


def test_texts_around_a_file_are_joined_in_order() -> None:
    found = parse(multipart("mixed", PLAIN, PDF, "Content-Type: text/plain\n\nand more"))
    assert found.text == "plain words\nand more"
    assert [each.name for each in found.attachments] == ["a.pdf"]
    assert found.attachments[0].content == b"PDF"


def test_pictures_inside_the_html_are_inline() -> None:
    (picture,) = parse(multipart("related", HTML, PICTURE)).attachments
    assert (picture.is_inline, picture.content_id, picture.type) == (True, "logo@x", "image/png")


def test_the_root_of_related_parts_may_stand_last() -> None:
    found = parse(multipart("related", PICTURE, HTML))
    assert found.text == "html words"
    assert len(found.attachments) == 1


def test_a_text_file_is_no_body() -> None:
    file = 'Content-Type: text/plain; name="log.txt"\n\nlines'
    found = parse(multipart("mixed", PLAIN, file))
    assert found.text == "plain words"
    assert found.attachments[0].name == "log.txt"


def test_a_forwarded_mail_and_an_invitation_are_files() -> None:
    inner = "Content-Type: message/rfc822\n\nSubject: Old one\nFrom: a@b.example\n\nwords"
    invitation = "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR"
    found = parse(multipart("mixed", PLAIN, inner, invitation))
    assert [each.name for each in found.attachments] == ["Old one.eml", "part-2.ics"]
    assert found.text == "plain words"


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.exe", "a.exe"),
        (".htaccess", "htaccess"),
        ("..", "part-1.bin"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\x00b.txt", "ab.txt"),
        ("<b>.txt", "_b_.txt"),
        ("x" * 300 + ".pdf", "x" * 147 + ".pdf"),
    ],
)
def test_names_of_files_are_made_safe(given_name: str, name: str) -> None:
    disposition = f'Content-Disposition: attachment; filename="{given_name}"'.replace("\\", "\\\\")
    part = f"Content-Type: application/octet-stream\n{disposition}\n\nx"
    assert parse(multipart("mixed", PLAIN, part)).attachments[0].name == name


@pytest.mark.parametrize(
    "parameter",
    [
        "filename=\"=?utf-8?b?w7xiZXIucGRm?=\"",
        "filename*=utf-8''%C3%BCber.pdf",
        "filename*0*=utf-8''%C3%BCb; filename*1=er.pdf",
        "filename*1*=er.pdf; filename*0*=utf-8''%C3%BCb",
        "filename=x.pdf; filename*=iso-8859-1'de'%FCber.pdf",
        "filename=\"über.pdf\"",
    ],
)  # fmt: skip
def test_encoded_names_of_files(parameter: str) -> None:
    part = f"Content-Type: application/pdf\nContent-Disposition: attachment; {parameter}\n\nx"
    assert parse(multipart("mixed", PLAIN, part)).attachments[0].name == "über.pdf"


@pytest.mark.parametrize(
    ("kind", "signed", "encrypted"),
    [
        ("multipart/signed; protocol=application/pgp-signature; boundary=cut", True, False),
        ("multipart/encrypted; protocol=application/pgp-encrypted; boundary=cut", False, True),
        ("application/pkcs7-mime; smime-type=enveloped-data", False, True),
        ("application/pkcs7-mime; smime-type=signed-data", True, False),
        ("application/x-pkcs7-mime", False, True),
        ("text/plain", False, False),
    ],
)
def test_signed_and_encrypted_mail_is_named(kind: str, signed: bool, encrypted: bool) -> None:
    found = letter(f"Content-Type: {kind}", "--cut\n\nwords\n--cut--\n")
    assert (found.signed, found.encrypted) == (signed, encrypted)


def test_pgp_inside_the_text_is_named() -> None:
    assert letter(body="-----BEGIN PGP MESSAGE-----\nabc").encrypted
    assert letter(body="-----BEGIN PGP SIGNED MESSAGE-----\nabc").signed


BROKEN = {
    "nothing": b"",
    "no newline": b"x",
    "only newlines": b"\n\n\n",
    "no headers": b"just words\nand more",
    "no boundary": mail("Content-Type: multipart/mixed", "words"),
    "boundary never used": mail("Content-Type: multipart/mixed; boundary=b", "words"),
    "boundary not closed": mail("Content-Type: multipart/mixed; boundary=b", "--b\n\nwords"),
    "boundary not named": mail(
        "Content-Type: multipart/mixed", "--b\nContent-Type: text/plain\n\nwords\n--b--"
    ),
    "carriage returns only": mail(body="words").replace(b"\n", b"\r"),
    "type that is none": mail("Content-Type: text", "words"),
    "type of nonsense": mail("Content-Type: ;;;===", "words"),
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
def test_broken_mails_are_read(raw: bytes) -> None:
    found = parse(raw)
    assert not [each for each in found.defects if "could not be read" in each]
    assert b"words" not in raw or "words" in found.text


def test_a_header_broken_by_a_missing_indent_does_not_end_the_headers() -> None:
    found = letter("X-Long: begins\nhere and goes on\nReply-To: b@example.org")
    assert found.reply_to[0].address == "b@example.org"
    assert letter("X: a\nb\n  c\nReply-To: b@example.org").reply_to
    assert found.text == "Hello"


def test_authentication_results_are_kept() -> None:
    found = letter("Authentication-Results: mx.example.com;\n dmarc=pass header.from=example.org")
    assert found.authentication_results == ("mx.example.com; dmarc=pass header.from=example.org",)


def test_enriched_text_loses_its_commands() -> None:
    assert letter("Content-Type: text/enriched", "<bold>Hello</bold> <<b>").text == "Hello <b>"


def test_no_half_characters_and_no_control_characters_come_out() -> None:
    found = letter("Content-Type: text/plain; charset=utf-7", "a+2AA-b\x00\x07c")
    found.text.encode()
    assert found.text == "a\ufffdbc"


@given(st.binary(max_size=400))
def test_any_bytes_are_a_letter(raw: bytes) -> None:
    found = parse(raw)
    found.text.encode()
    found.subject.encode()


PIECES = rb"""
From: a@b.example
Content-Type: multipart/mixed; boundary=b

--b
--b--
Content-Type: text/html
<p>x
=?utf-8?q?=FF?=
Subject: x
To: (((<"
Content-Transfer-Encoding: base64
Content-Type: message/rfc822
Content-Disposition: attachment; name*0*=a''%
References: <
> On 1.1.2026 a@b wrote:
Content-Type: text/plain; charset=utf-16
""".splitlines(keepends=True)
pieces = st.sampled_from([*PIECES, b"\x1b$B", b"\xff\xfe"])


@given(st.lists(pieces, max_size=30))
def test_any_order_of_pieces_is_a_letter(parts: list[bytes]) -> None:
    found = parse(b"".join(parts))
    assert not [each for each in found.defects if "could not be read" in each]
