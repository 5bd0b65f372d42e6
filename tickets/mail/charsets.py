"""Bytes to text: what a mail says about its charset is a hint, what the bytes say decides."""

import re

from tickets.mail.charset_guess import contradicted, guess

# Names as they occur in mails, to the codec that reads what those mails really contain. The
# WHATWG encoding standard is followed where it widens a name (ISO-8859-1 is Windows-1252).
CODECS = {
    "ascii": "ascii", "us-ascii": "ascii", "ansi_x3.4-1968": "ascii", "646": "ascii",
    "utf-8": "utf-8", "utf8": "utf-8", "utf8mb4": "utf-8", "unicode-1-1-utf-8": "utf-8",
    "utf-8-sig": "utf-8", "cp65001": "utf-8",
    "utf-7": "utf-7", "utf7": "utf-7", "unicode-1-1-utf-7": "utf-7",
    "utf-16": "utf-16", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be", "utf-32": "utf-32",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "l1": "cp1252",
    "iso8859-1": "cp1252", "iso_8859-1": "cp1252", "windows-1252": "cp1252", "cp1252": "cp1252",
    "ansi": "cp1252", "x-ansi": "cp1252", "cp819": "cp1252", "ibm819": "cp1252",
    "iso-8859-2": "iso8859-2", "latin2": "iso8859-2", "windows-1250": "cp1250",
    "iso-8859-3": "iso8859-3", "iso-8859-4": "iso8859-4", "windows-1257": "cp1257",
    "iso-8859-5": "iso8859-5", "windows-1251": "cp1251", "x-cp1251": "cp1251",
    "iso-8859-6": "iso8859-6", "windows-1256": "cp1256", "iso-8859-6-i": "iso8859-6",
    "iso-8859-7": "iso8859-7", "windows-1253": "cp1253",
    "iso-8859-8": "iso8859-8", "iso-8859-8-i": "iso8859-8", "iso-8859-8-e": "iso8859-8",
    "windows-1255": "cp1255",
    "iso-8859-9": "cp1254", "latin5": "cp1254", "windows-1254": "cp1254", "turkish": "cp1254",
    "x-mac-turkish": "mac-turkish", "iso-8859-10": "iso8859-10",
    "iso-8859-11": "cp874", "tis-620": "cp874", "windows-874": "cp874",
    "iso-8859-13": "iso8859-13", "iso-8859-14": "iso8859-14", "iso-8859-15": "iso8859-15",
    "latin9": "iso8859-15", "latin-9": "iso8859-15", "iso-8859-16": "iso8859-16",
    "windows-1258": "cp1258", "koi8-r": "koi8-r", "koi8": "koi8-r", "koi8-u": "koi8-u",
    "koi8-ru": "koi8-u", "koi8-t": "koi8-t",
    "ibm437": "cp437", "ibm850": "cp850", "ibm852": "cp852", "ibm855": "cp855",
    "ibm857": "cp857", "ibm858": "cp858", "ibm862": "cp862", "ibm866": "cp866", "dos-862": "cp862",
    "macintosh": "mac-roman", "x-mac-roman": "mac-roman", "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-ce": "mac-latin2", "x-mac-centraleurope": "mac-latin2",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932",
    "ms_kanji": "cp932", "windows-31j": "cp932", "cswindows31j": "cp932", "ms932": "cp932",
    "euc-jp": "euc_jp", "eucjp": "euc_jp", "x-euc-jp": "euc_jp", "eucjp-ms": "euc_jp",
    "eucjp-win": "euc_jp", "cp51932": "euc_jp",
    "iso-2022-jp": "iso-2022-jp", "iso-2022-jp-1": "iso-2022-jp", "iso-2022-jp-2": "iso-2022-jp",
    "iso-2022-jp-3": "iso-2022-jp", "iso-2022-jp-ms": "iso-2022-jp", "jis": "iso-2022-jp",
    "cp50220": "iso-2022-jp", "cp50221": "iso-2022-jp", "cp50222": "iso-2022-jp",
    "csiso2022jp": "iso-2022-jp", "iso-2022-jp-2004": "iso-2022-jp",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "x-gbk": "gb18030",
    "euc-cn": "gb18030", "gb_2312-80": "gb18030", "csgb2312": "gb18030", "ms936": "gb18030",
    "hz-gb-2312": "hz", "iso-2022-cn": "iso-2022-cn",
    "big5": "cp950", "big-5": "cp950", "x-x-big5": "cp950", "cn-big5": "cp950",
    "big5-hkscs": "big5hkscs", "euc-tw": "cp950",
    "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "ksc5601": "cp949", "euc-kr": "cp949",
    "korean": "cp949", "uhc": "cp949", "windows-949": "cp949", "ms949": "cp949",
    "iso-2022-kr": "iso2022_kr", "johab": "johab",
}  # fmt: skip
SAYS_NOTHING = frozenset({
    "", "ascii", "unknown", "unknown-8bit", "x-unknown", "default", "default_charset", "none",
    "binary", "8bit", "7bit", "null", "undefined", "_charset", "any", "x-user-defined",
})  # fmt: skip
MULTIBYTE = frozenset({
    "cp932", "euc_jp", "gb18030", "hz", "cp950", "big5hkscs", "cp949", "johab", "iso2022_kr",
})  # fmt: skip
_NOT_IN_NAMES = re.compile(r"[^a-z0-9_.:-]")
_MAPPING = re.compile(r"^(?:x-)?(?:cp|ibm|windows|win|ms|dos)[-_]?(\d{3,5})$")
_ISO = re.compile(r"^(?:x-)?iso[-_ ]?8859[-_ ]?(\d{1,2})(?:[-_:].*)?$")
_REPLACEMENT = "\ufffd"
# Halves of a pair, which UTF-7 can smuggle in and no database takes.
# What comes out where one East Asian charset is read as another: a user's own characters, and
# half-width katakana in a row with signs that no word has.
_UNLIKELY = re.compile("[\ue000-\uf8ff]|(?:[\uff61-\uff65][\uff61-\uff9f]){3}")
_HALVES = re.compile("[\ud800-\udfff]")


def codec(charset: str) -> str:
    """The codec that reads a charset name; "" for one that says nothing or is unknown."""
    name = _NOT_IN_NAMES.sub("", charset.strip().strip("\"'").lower().split("*")[0])
    name = name.removeprefix("3d").removeprefix("charset=").rstrip(".,:;")
    if found := CODECS.get(name):
        return found
    if iso := _ISO.match(name):
        return CODECS.get(f"iso-8859-{int(iso[1])}", "")
    if page := _MAPPING.match(name):
        number = page[1]
        named = (f"windows-{number}", f"ibm{number}", f"ms{number}", f"cp{number}")
        return next((CODECS[each] for each in named if each in CODECS), "")
    return CODECS.get(name.replace("_", "-"), "")


def decode(content: bytes, charset: str = "", hint: str = "") -> tuple[str, str]:
    """Text of the bytes, and what was wrong with the declared charset ("" when nothing).

    The hint is a charset seen elsewhere in the same mail; it is asked before guessing.
    """
    text, problem = _decode(content.removeprefix(b"\xef\xbb\xbf"), charset, hint)
    if _HALVES.search(text):
        text = _HALVES.sub(_REPLACEMENT, text)
    return text, problem


def _decode(content: bytes, charset: str, hint: str) -> tuple[str, str]:
    declared = codec(charset)
    if not content.isascii():
        return _decode_8bit(content, declared, charset, hint)
    if b"\x1b" in content and (declared in {"", "ascii", "utf-8", "iso-2022-jp", "cp932"}):
        return iso_2022_jp(content), ""
    if declared in {"utf-7", "hz", "iso2022_kr", "iso-2022-cn"} or declared.startswith("utf-16"):
        text = _strict(content, declared)
        if text is not None:
            return text, ""
    unknown = charset.lower() not in SAYS_NOTHING and not declared
    return content.decode("ascii"), f"unknown charset {charset[:40]}" if unknown else ""


def _decode_8bit(content: bytes, declared: str, charset: str, hint: str) -> tuple[str, str]:
    if declared in MULTIBYTE and (text := _as_labelled(content, declared)) is not None:
        return text, ""
    if declared.startswith(("utf-16", "utf-32")):
        return content.decode(declared, "replace"), ""
    if (text := _strict(content, "utf-8")) is not None:
        wrong = declared not in {"utf-8", ""} or charset.lower() not in SAYS_NOTHING | {"utf-8"}
        return text, f"labelled {charset[:40]}, is UTF-8" if wrong and declared != "utf-8" else ""
    if declared == "utf-8":
        return _broken_utf_8(content, hint)
    if declared == "iso-2022-jp":
        return _mislabelled_japanese(content)
    if declared in MULTIBYTE:
        found = guess(content)
        found = found if found in MULTIBYTE else declared
        return content.decode(found, "replace"), f"bytes that are not {charset[:40]}"
    if declared not in {"", "ascii", "utf-7", "iso-2022-cn"}:
        truth = contradicted(content, declared)
        complaint = f"labelled {charset[:40]}, is {truth}" if truth else ""
        return _single_byte(content, truth or declared), complaint
    return _undeclared(content, charset, hint)


def _undeclared(content: bytes, charset: str, hint: str) -> tuple[str, str]:
    complaint = "8-bit text without a charset"
    if charset.lower() not in SAYS_NOTHING:
        complaint = f"unknown charset {charset[:40]}"
    hinted = codec(hint)
    if hinted in MULTIBYTE and (text := _multibyte(content, hinted)) is not None:
        return text, complaint
    if hinted and hinted not in MULTIBYTE | {"ascii", "utf-8", "utf-7", "iso-2022-jp"}:
        return _single_byte(content, hinted), complaint
    if mostly_utf_8(content):
        return content.decode("utf-8", "replace"), complaint
    return _single_byte(content, guess(content)), complaint


def _broken_utf_8(content: bytes, hint: str) -> tuple[str, str]:
    """Some broken characters in UTF-8 text, or another charset under the name of UTF-8?"""
    if mostly_utf_8(content):
        return content.decode("utf-8", "replace"), "broken UTF-8"
    hinted = codec(hint)
    found = hinted if hinted not in {"", "utf-8", "ascii", "utf-7"} else guess(content)
    if found == "iso-2022-jp":
        return iso_2022_jp(content), "labelled UTF-8, is not"
    return _single_byte(content, found), "labelled UTF-8, is not"


def _mislabelled_japanese(content: bytes) -> tuple[str, str]:
    if b"\x1b$" in content or b"\x1b(" in content:
        return iso_2022_jp(content), "8-bit bytes in ISO-2022-JP"
    found = guess(content)
    return _single_byte(content, found), "labelled ISO-2022-JP, is not"


def _as_labelled(content: bytes, declared: str) -> str | None:
    """East Asian text as its label says, unless something else is likelier."""
    text = None if _surely_utf_8(content) else _multibyte(content, declared)
    return None if text is None or _UNLIKELY.search(text) else text


def _surely_utf_8(content: bytes) -> bool:
    """Valid UTF-8 with several three-byte characters is no other East Asian charset."""
    text = _strict(content, "utf-8")
    return text is not None and sum(char > "\u07ff" for char in text[:1000]) >= 3


def mostly_utf_8(content: bytes) -> bool:
    """Whether half of what is not ASCII are UTF-8 characters: other text has hardly any."""
    text = content.decode("utf-8", "replace")
    wrong = text.count(_REPLACEMENT)
    right = sum(char > "\x7f" for char in text[:100_000]) - text.count(_REPLACEMENT, 0, 100_000)
    return wrong <= right


def _strict(content: bytes, name: str) -> str | None:
    try:
        return content.decode(name)
    except (UnicodeError, LookupError):
        return None


def _single_byte(content: bytes, name: str) -> str:
    """Decode with holes of the code page filled as Latin-1 controls would be."""
    text = _strict(content, name)
    return text if text is not None else content.decode(name, "replace")


def _multibyte(content: bytes, name: str) -> str | None:
    """Text when the bytes are what the label says, tolerating few errors and vendor rows."""
    if (text := _strict(content, name)) is not None:
        return text
    if name == "euc_jp":
        text = _euc_jp(content)
    else:
        text = content.decode(name, "replace")
    high = sum(byte > 127 for byte in content[:100_000])
    return text if text.count(_REPLACEMENT) * 20 <= high else None


def _euc_jp(content: bytes) -> str:
    """EUC-JP with the NEC and IBM rows that Windows wrote and the plain codec refuses."""
    return re.sub(
        rb"(?:[\xa1-\xfe]{2})+|\x8e[\xa1-\xdf]|[^\xa1-\xfe\x8e]+|.",
        lambda run: _euc_run(run[0]),
        content,
        flags=re.DOTALL,
    ).decode("utf-8")


def _euc_run(run: bytes) -> bytes:
    text = _strict(run, "euc_jp")
    if text is None and run[0] >= 0xA1 and len(run) % 2 == 0:
        text = _from_jis(bytes(byte & 0x7F for byte in run))
    return (text if text is not None else _REPLACEMENT * max(1, len(run) // 2)).encode()


def _from_jis(pairs: bytes) -> str:
    """Text of JIS X 0208 pairs read with Windows' table (row 13: ①, ㈱, ℡)."""
    shifted = bytearray()
    for high, low in zip(pairs[::2], pairs[1::2], strict=False):
        lead = (high + 1) // 2 + (0x70 if high < 0x5F else 0xB0)
        if high % 2:
            trail = low + (0x1F if low < 0x60 else 0x20)
        else:
            trail = low + 0x7E
        shifted += bytes((lead & 0xFF, trail & 0xFF))
    return bytes(shifted).decode("cp932", "replace")


_ESCAPE = re.compile(rb"\x1b(\$[@B]|\$\(D|\$\([OPQ]|\([BJHI])")


def iso_2022_jp(content: bytes) -> str:
    """ISO-2022-JP as it is sent: with half-width katakana, NEC rows and lost escapes."""
    if (text := _strict(content, "iso2022_jp_2")) is not None and "\x1b" not in text:
        return text
    pieces: list[str] = []
    mode = b"(B"
    position = 0
    for escape in _ESCAPE.finditer(content):
        pieces.append(_jis_piece(content[position : escape.start()], mode))
        mode = escape[1]
        position = escape.end()
    pieces.append(_jis_piece(content[position:], mode))
    return "".join(pieces)


def _jis_piece(content: bytes, mode: bytes) -> str:
    if mode in {b"$@", b"$B"}:
        lines = [_from_jis(line) if line else "" for line in content.split(b"\n")]
        return "\n".join(lines)
    if mode == b"(I":
        return bytes(byte | 0x80 if byte > 0x20 else byte for byte in content).decode(
            "cp932", "replace"
        )
    if mode.startswith(b"$("):
        name = "iso2022_jp_2" if mode == b"$(D" else "iso2022_jp_2004"
        return (b"\x1b" + mode + content + b"\x1b(B").decode(name, "replace")
    return content.decode("cp932", "replace")
