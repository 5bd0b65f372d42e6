"""Bytes under right, wrong, unknown and missing names of charsets."""

import pytest

from tests.mail.mails import letter
from tickets.mail import charsets

TURKISH = "Yazıcı çalışmıyor, İstanbul şubesi"
ROMANIAN = "Bună ziua, imprimanta nu funcționează. Mulțumesc și vă aștept răspunsul"
POLISH = "Drukarka nie działa. Proszę o pomoc, świeci na czerwono, źle się dzieje"
JAPANESE = "プリンターがまだ動きません。本日の午後にもう一度見ていただけますか。"
VENDOR = "①㈱髙橋℡"
KOREAN = "프린터가 아직 작동하지 않습니다"
CHINESE = "打印机还是不能工作,请您下午再来看一下"
RUSSIAN = "Принтер всё ещё не работает"
GREEK = "Ο εκτυπωτής δεν λειτουργεί"

RIGHT = [
    (TURKISH, "cp1254", "windows-1254"), (TURKISH, "iso8859-9", "iso-8859-9"),
    (TURKISH, "cp1254", "iso-8859-9"), (TURKISH, "cp857", "cp857"),
    (ROMANIAN, "iso8859-16", "iso-8859-16"), (POLISH, "iso8859-2", "ISO-8859-2"),
    (POLISH, "cp1250", "windows-1250"), (JAPANESE, "iso2022_jp", "iso-2022-jp"),
    (JAPANESE, "shift_jis", "Shift_JIS"), (JAPANESE, "cp932", "x-sjis"),
    (JAPANESE, "euc_jp", "EUC-JP"), (VENDOR, "cp932", "shift_jis"),
    (KOREAN, "cp949", "ks_c_5601-1987"), (KOREAN, "euc_kr", "euc-kr"),
    (CHINESE, "gb2312", "gb2312"), (CHINESE, "gb18030", "gb18030"), (CHINESE, "hz", "hz-gb-2312"),
    ("請您下午再來看一下", "big5", "big5"), (RUSSIAN, "koi8-r", "koi8-r"),
    (RUSSIAN, "cp1251", "windows-1251"), (GREEK, "cp1253", "windows-1253"),
    ("– “café” €", "cp1252", "iso-8859-1"), (TURKISH, "utf-7", "utf-7"),
    (TURKISH, "utf-16", "utf-16"), (TURKISH, "utf-8-sig", "utf-8"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "codec", "name"), RIGHT)
def test_rightly_named_charsets(text: str, codec: str, name: str) -> None:
    assert charsets.decode(text.encode(codec), name) == (text, "")


NAMES = [
    ('"utf-8"', "utf-8"), ("UTF8", "utf-8"), ("3Dutf-8", "utf-8"), ("utf-8;", "utf-8"),
    ("iso_8859-9", "cp1254"), ("ISO8859_2", "iso8859-2"), ("iso-8859-8-i", "iso8859-8"),
    ("iso-8859-9:1989", "cp1254"), ("cp1254", "cp1254"), ("win-1251", "cp1251"),
    ("x-windows-949", "cp949"), ("cp-850", "cp850"), ("latin1", "cp1252"), ("x-nonsense", ""),
    ("idna", ""), ("punycode", ""), ("unicode_escape", ""), ("rot13", ""), ("undefined", ""),
    ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "codec"), NAMES)
def test_names_of_charsets(name: str, codec: str) -> None:
    assert charsets.codec(name) == codec


LIES = [
    (TURKISH, "utf-8", "iso-8859-1"), (TURKISH, "utf-8", "us-ascii"),
    (TURKISH, "utf-8", "x-unknown"),
    (TURKISH, "cp1254", "utf-8"), (TURKISH, "cp1254", "x-nonsense"), (TURKISH, "cp1254", ""),
    (JAPANESE, "iso2022_jp", "utf-8"), (JAPANESE, "iso2022_jp", ""), (JAPANESE, "cp932", ""),
    (JAPANESE, "cp932", "iso-2022-jp"), (JAPANESE, "euc_jp", ""),
    (JAPANESE, "utf-8", "iso-2022-jp"),
    (JAPANESE, "utf-8", "shift_jis"), (KOREAN, "cp949", ""), (CHINESE, "gb18030", ""),
    (RUSSIAN, "koi8-r", ""), (RUSSIAN, "cp1251", ""), (RUSSIAN, "cp1251", "utf-8"),
    (POLISH, "iso8859-2", ""), (GREEK, "cp1253", ""), ("Größe, Übung, weiß", "cp1252", ""),
    ("L’imprimante est à l’étage", "cp1252", "utf-8"),
    ("héllo", "cp1252", "x-nonsense"), ("Ça va, Zoë?", "cp1252", ""), ("naïve Größe", "cp1252", ""),
    ("請您下午再來看一下,印表機不能用", "cp950", ""),
    (TURKISH, "cp1254", "iso-8859-1"), ("Bună ziua, aş dori să ştiu", "cp1250", "iso-8859-1"),
    ("Proszę o pomoc. Dziękuję, później więcej", "iso8859-2", "iso-8859-1"),
    ("Příliš žluťoučký kůň", "cp1250", "iso-8859-1"), (RUSSIAN, "koi8-r", "windows-1251"),
    (RUSSIAN, "cp1251", "koi8-r"), (RUSSIAN, "cp1251", "iso-8859-1"),
    (GREEK, "cp1253", "iso-8859-1"), (JAPANESE, "cp932", "iso-8859-1"),
    (JAPANESE, "euc_jp", "shift_jis"), (JAPANESE, "cp932", "euc-jp"),
    (CHINESE, "gb18030", "iso-8859-1"), ("印表機壞了，請幫忙處理一下這個問題", "cp950", "gb2312"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "codec", "name"), LIES)
def test_wrongly_named_charsets(text: str, codec: str, name: str) -> None:
    assert charsets.decode(text.encode(codec), name)[0] == text


@pytest.mark.parametrize(
    "text",
    [
        "Það er ekkert að þessu, nýtt netfang",
        "Góðan daginn, prentarinn virkar ekki. Þakka þér fyrir",
        "Não está a funcionar, 1º andar, ações, coração",
        "El niño mañana, ¿qué pasó? 1º piso, 2ª planta",
        "5 m² bei 20 °C, ½ Liter, ±3, µm, © 2026",
        "Wie geht´s? L´étage, s´il vous plaît",
        "naïve café – résumé … “quoted”",
        "Føroyskt mál, góðan dag, tað er gott",
    ],
)
def test_western_words_are_believed(text: str) -> None:
    assert charsets.decode(text.encode("cp1252"), "iso-8859-1") == (text, "")


def test_shouting_in_cyrillic_is_believed() -> None:
    loud = "ПРИВЕТ ВСЕМ СРОЧНО НУЖНА ПОМОЩЬ"
    assert charsets.decode(loud.encode("cp1251"), "windows-1251") == (loud, "")


def test_a_lie_is_remarked() -> None:
    assert charsets.decode("ş".encode(), "iso-8859-1")[1] == "labelled iso-8859-1, is UTF-8"


def test_vendor_rows_of_japanese_charsets() -> None:
    jis = b"\x1b$B\x2d\x21\x2d\x6a\x1b(B"
    assert charsets.decode(jis, "iso-2022-jp")[0] == "①㈱"
    assert charsets.decode(b"\xad\xa1\xad\xea", "euc-jp")[0] == "①㈱"
    assert charsets.decode(b"\x1b(I1\x1b(B", "iso-2022-jp")[0] == "ｱ"


def test_an_escape_that_is_never_closed() -> None:
    assert charsets.decode("日本".encode("iso2022_jp")[:-3], "iso-2022-jp")[0] == "日本"


def test_some_broken_characters_do_not_change_the_charset() -> None:
    text, problem = charsets.decode((TURKISH * 5).encode() + b"\xff", "utf-8")
    assert text == TURKISH * 5 + "\ufffd"
    assert problem == "broken UTF-8"


def test_the_charset_of_the_body_helps_raw_headers() -> None:
    raw = "Subject: İstek\nContent-Type: text/plain; charset=iso-8859-9\n".encode("cp1254")
    assert letter(raw, base="").subject == "İstek"


def test_the_charset_inside_the_html() -> None:
    page = '<html><head><meta charset="windows-1254"></head><p>Şikâyet'.encode("cp1254")
    assert letter("Content-Type: text/html", page).text == "Şikâyet"


@pytest.mark.parametrize("name", [*charsets.CODECS, "x-nonsense", "", "utf-16", "idna"])
def test_any_bytes_under_any_name_become_text(name: str) -> None:
    for content in (b"", b"a", bytes(range(256)), b"\xff\xfe\xfd" * 50, b"\x1b$B\x1b(I\x1b$(Q\xff"):
        charsets.decode(content, name)[0].encode()
