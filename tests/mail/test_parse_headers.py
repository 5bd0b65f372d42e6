"""Subjects, senders and ids, as they are and as they should not be."""

import pytest

from tests.mail.mails import letter
from tickets.mail.letter import Address

SUBJECTS = [
    ("Printer", "Printer"),
    ("=?utf-8?q?Yaz=C4=B1c=C4=B1?= bozuk", "Yazıcı bozuk"),
    ("=?UTF-8?B?WWF6xLFjxLE=?=", "Yazıcı"),
    ("=?utf-8?b?WWF6xLFjxLE?=", "Yazıcı"),
    ("=?utf-8?q?Yaz=C4?= =?utf-8?q?=B1c=C4=B1?=", "Yazıcı"),
    ("=?utf-8?q?a?=\n =?utf-8?q?b?=", "ab"),
    ("=?utf-8?q?a?= and =?utf-8?q?b?=", "a and b"),
    ("=?utf-8?q?a?==?utf-8?q?b?=", "ab"),
    ("=?utf-8?q?two words?=", "two words"),
    ("Re: =?iso-8859-9?q?=DDzin?=", "Re: İzin"),
    ("=?windows-1254?q?=DE=FD=F0?=", "Şığ"),
    ("=?iso-2022-jp?b?GyRCJWElIiVJGyhC?=", "メアド"),
    ("=?shift_jis?b?k/qWew==?=", "日本"),
    ("=?gb2312?b?0MLM4tYyMDEy?=", None),
    ("=?utf-8*tr?q?Yaz=C4=B1?=", "Yazı"),
    ("=?unknown?q?caf=E9?=", "café"),
    ("=?utf-8?q?caf=E9?=", "café"),
    ("folded\n onto\n\ttwo", "folded onto two"),
    ("=?utf-8?q?a=0D=0ABcc:_x=40y.example?=", "a Bcc: x@y.example"),
    ("=?utf-8?q?a=00b=07c?=", "abc"),
    ("=?utf-8?q?user=E2=80=AEgpj?=", "usergpj"),
    ("=?broken", "=?broken"),
    ("", ""),
]


@pytest.mark.parametrize(("written", "subject"), SUBJECTS)
def test_subjects(written: str, subject: str | None) -> None:
    found = letter(base=f"Subject: {written}\n").subject
    assert subject is None or found == subject
    assert "\n" not in found


RAW_SUBJECTS = [
    ("Şikâyet: yazıcı çalışmıyor".encode(), "", "Şikâyet: yazıcı çalışmıyor"),
    ("Şikâyet: yazıcı çalışmıyor".encode("cp1254"), "windows-1254", "Şikâyet: yazıcı çalışmıyor"),
    ("Şikâyet: yazıcı çalışmıyor".encode("cp1254"), "", "Şikâyet: yazıcı çalışmıyor"),
    ("Größe des Druckers".encode("cp1252"), "", "Größe des Druckers"),
    ("プリンターが動きません".encode("cp932"), "", "プリンターが動きません"),
    ("プリンターが動きません".encode("euc_jp"), "euc-jp", "プリンターが動きません"),
    ("プリンターが動きません".encode("iso2022_jp"), "", "プリンターが動きません"),
    ("Принтер не работает".encode("koi8-r"), "", "Принтер не работает"),
    ("Принтер не работает".encode("cp1251"), "", "Принтер не работает"),
    ("Drukarka źle świeci".encode("iso8859-2"), "iso-8859-2", "Drukarka źle świeci"),
    ("프린터가 작동하지 않습니다".encode("cp949"), "", "프린터가 작동하지 않습니다"),
    ("打印机不能工作".encode("gb18030"), "gb2312", "打印机不能工作"),
]


@pytest.mark.parametrize(("raw", "charset", "subject"), RAW_SUBJECTS)
def test_raw_8bit_subjects(raw: bytes, charset: str, subject: str) -> None:
    kind = b"Content-Type: text/plain; charset=" + charset.encode() + b"\n" if charset else b""
    assert letter(b"Subject: " + raw + b"\n" + kind, base="").subject == subject


SENDERS = [
    ("elif@example.org", "", "elif@example.org"),
    ("<elif@example.org>", "", "elif@example.org"),
    ("Elif Kaya <elif@example.org>", "Elif Kaya", "elif@example.org"),
    ('"Kaya, Elif" <elif@example.org>', "Kaya, Elif", "elif@example.org"),
    ("Kaya, Elif <elif@example.org>", "Kaya, Elif", "elif@example.org"),
    ("elif@example.org (Elif Kaya)", "Elif Kaya", "elif@example.org"),
    ("Elif (HR (Izmir)) Kaya <elif@example.org>", "Elif Kaya", "elif@example.org"),
    ("=?utf-8?q?Ay=C5=9Fe?= <ayse@example.org>", "Ayşe", "ayse@example.org"),
    ('"=?utf-8?q?Ay=C5=9Fe?=" <ayse@example.org>', "Ayşe", "ayse@example.org"),
    ("=?utf-8?b?RWxpZiA8ZWxpZkBleGFtcGxlLm9yZz4=?=", "Elif", "elif@example.org"),
    ("Elif<elif@EXAMPLE.org>", "Elif", "elif@example.org"),
    ("Elif elif@example.org", "Elif", "elif@example.org"),
    ("Elif <mailto:elif@example.org>", "Elif", "elif@example.org"),
    ("Elif <'elif@example.org'>", "Elif", "elif@example.org"),
    ("Elif <<elif@example.org>>", "Elif", "elif@example.org"),
    ("Elif <elif@example.org", "Elif", "elif@example.org"),
    ('"Elif <elif@example.org>', "Elif", "elif@example.org"),
    ("Elif < elif@example.org >", "Elif", "elif@example.org"),
    ("<@relay.example,@b.example:elif@example.org>", "", "elif@example.org"),
    ('"a@evil.example" <elif@example.org>', "a@evil.example", "elif@example.org"),
    ('"very odd@name"@example.org', "", '"very odd@name"@example.org'),
    ("elif@example.org, tom@example.org", "", "elif@example.org"),
    ("Group: elif@example.org, tom@example.org;", "", "elif@example.org"),
    ("root", "", "root"),
]


@pytest.mark.parametrize(("written", "name", "address"), SENDERS)
def test_senders(written: str, name: str, address: str) -> None:
    assert letter(base=f"From: {written}\n").sender == Address(name, address)


@pytest.mark.parametrize("written", ["", "undisclosed-recipients:;", "<>", "Elif Kaya", "(only)"])
def test_no_sender(written: str) -> None:
    assert letter(base=f"From: {written}\n").sender is None


def test_an_encoded_word_cannot_add_a_second_address() -> None:
    word = "=?utf-8?q?boss=40example.org=2C_?= <elif@example.org>"
    found = letter(base=f"From: {word}\n")
    assert found.sender is not None
    assert found.sender.address == "elif@example.org"


def test_two_senders_are_remarked() -> None:
    assert "more than one sender" in letter(base="From: a@b.example\nFrom: c@d.example\n").defects


def test_recipients_come_from_every_envelope_header() -> None:
    found = letter("Delivered-To: IT@example.com\nX-Original-To: helpdesk@example.com\nCc: A@b.cd")
    assert found.recipients == ("it@example.com", "helpdesk@example.com")
    assert found.cc == (Address("", "A@b.cd"),)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("<1@x>", "<1@x>"),
        (" <1@x> (comment)", "<1@x>"),
        ("1@x", "<1@x>"),
        ("\n <1@x>", "<1@x>"),
        ("< 1@x >", "<1@x>"),
        ("two words", ""),
        ("", ""),
    ],
)
def test_message_ids(written: str, expected: str) -> None:
    assert letter(f"Message-ID: {written}").message_id == expected


def test_references_keep_their_order_and_their_end() -> None:
    many = " ".join(f"<{n}@x>" for n in range(150))
    found = letter(f"References: {many}\nIn-Reply-To: Your mail of Monday <149@x>")
    assert found.references[-1] == found.in_reply_to == "<149@x>"
    assert len(found.references) == 100
