"""Which charset unlabelled 8-bit text is in, judged by the letters that would come out."""

import re
from functools import cache
from itertools import pairwise

_SAMPLE = 20_000
_CERTAIN, _LIKELY, _CLEARLY = 0.9, 0.6, 0.2
_HANGUL = re.compile("[\uac00-\ud7a3]")
_KANA = re.compile("[\u3041-\u30fe]")
_HAN = re.compile("[\u4e00-\u9fff]")
_HALF_WIDTH = re.compile("[\uff61-\uff9f]")

# The 8-bit letters that the languages of a code page use in ordinary text. The first page that
# explains most bytes wins, so the commoner page stands first.
_LETTERS = {
    "cp1252": "àâäáãåæçèéêëìíîïñòóôõöøœùúûüÿßÀÂÄÁÅÆÇÈÉÊËÍÎÑÓÔÖØÙÚÛÜ€«»°§’‘“”„–—…·´¿¡ ®©ºª£",
    "cp1254": "ğışçöüâîûĞİŞÇÖÜ’‘“”–—…€« » °",
    "cp1250": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČĎÉÍŇŘŠŤÚŽőűŐŰöüÖÜäăâîşţĂÂÎŞŢđ’„”“–…§€ ß",
    "iso8859-2": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČĎÉÍŇŘŠŤÚŽőűŐŰöüÖÜäăâîşţĂÂÎŞŢđ§ ß",
    "iso8859-16": "ăâîșțĂÂÎȘȚ„”« » €",
}
_CYRILLIC = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ")
_GREEK = frozenset("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώ")
_ALPHABETS = {
    "cp1251": _CYRILLIC,
    "koi8-u": _CYRILLIC,
    "cp1253": _GREEK,
    "iso8859-5": _CYRILLIC,
    "cp866": _CYRILLIC,
}
# Letters of Turkish and Romanian where Western pages have others, and what these languages lack.
_TURKISH = frozenset("ğışçöüâîûĞİŞÇÖÜ".encode("cp1254"))
_ONLY_TURKISH = frozenset("ğışĞİŞ".encode("cp1254"))
_NOT_ICELANDIC = frozenset("çüÇÜ".encode("cp1254"))
_ROMANIAN = frozenset("ăâîşţĂÂÎŞŢ".encode("cp1250"))
_ONLY_ROMANIAN = frozenset("şţŞŢ".encode("cp1250"))
_MARKS = frozenset("«»„“”‘’–—…°§€·\xa0".encode("cp1252"))
_HOLES = frozenset(b"\x81\x8d\x8f\x90\x9d")  # Nothing in Windows-1252.
# Not the acute, which stands for an apostrophe in “geht´s”.
_SYMBOL_IN_WORD = re.compile(
    rb"[a-zA-Z\xc0-\xff][\xa1\xa5\xa6\xa9\xaa\xac\xae\xaf\xb1-\xb3\xb6\xb9\xba\xbc\xbe\xbf][a-zA-Z\xc0-\xff]"
)
_FOREIGN_RUN = re.compile(rb"[\x80-\xff]{4}")
_MULTIBYTE = ("euc_jp", "cp932", "cp949", "gb18030", "cp950")


def guess(content: bytes) -> str:
    """The likeliest codec of 8-bit bytes that are not UTF-8."""
    sample = content[:_SAMPLE]
    high = [byte for byte in sample if byte > 127]
    if not high:
        return "cp1252"
    letters, certainty = _bicameral(sample, len(high))
    if certainty >= _CERTAIN:
        return letters
    asian = _asian(sample, len(high))
    return asian or (letters if certainty >= _LIKELY else _alphabet(sample))


def contradicted(content: bytes, declared: str) -> str:
    """The codec that the bytes speak for although the label names another; "" for none.

    Only for labels of one byte a letter, where any bytes are valid and no error tells a lie.
    """
    sample = content[:_SAMPLE]
    high = [byte for byte in sample if byte > 127]
    if declared in _ALPHABETS or declared == "koi8-r":
        return _other_alphabet(sample, len(high), "koi8-u" if declared == "koi8-r" else declared)
    if declared not in {"cp1252", "iso8859-15"}:
        return ""
    if len(_FOREIGN_RUN.findall(sample)) >= 2:
        letters, certainty = _bicameral(sample, len(high))
        return letters if certainty >= _CERTAIN else _asian(sample, len(high))
    return _other_latin(sample, frozenset(high) - _MARKS)


def _other_alphabet(sample: bytes, high: int, declared: str) -> str:
    """Another page of the same letters, where the named one gives capitals inside of words."""
    best, certainty = _bicameral(sample, high)
    is_better = certainty >= _CERTAIN and _score(sample, declared, high) < certainty - _CLEARLY
    return best if best != declared and is_better else ""


def _other_latin(sample: bytes, used: frozenset[int]) -> str:
    """Turkish, Romanian or another language of Europe's east under the name of the west's."""
    if used & _ONLY_TURKISH and used & _NOT_ICELANDIC and used <= _TURKISH:
        return "cp1254"
    if used & _ONLY_ROMANIAN and len(used) > 1 and used <= _ROMANIAN:
        return "cp1250"
    if not (used & _HOLES or _SYMBOL_IN_WORD.search(sample)):
        return ""
    found = _alphabet(sample)
    return found if found != "cp1252" else ""


def _asian(sample: bytes, high: int) -> str:
    """An East Asian charset in which nearly all pairs are common characters, or ""."""
    if high < 4:
        return ""
    best, best_score = "", 0.0
    for name in _MULTIBYTE:
        text = _most(sample, name)
        score = _asian_score(text, name, high) if text else 0.0
        if score > best_score:
            best, best_score = name, score
    return best if best_score >= 0.7 else ""


def _most(sample: bytes, name: str) -> str:
    """Decoded text, tolerating only a character cut at the end of the sample."""
    for cut in range(4 if len(sample) == _SAMPLE else 1):
        try:
            return sample[: len(sample) - cut].decode(name)
        except UnicodeDecodeError:
            continue
    return ""


def _asian_score(text: str, name: str, high: int) -> float:
    """The share of 8-bit bytes that make characters which this language writes often."""
    kana = len(_KANA.findall(text))
    han = len(_HAN.findall(text))
    common = _common_han(name, text)
    if name in {"cp932", "euc_jp"}:
        if not kana:
            return 0.0
        wide = 2 * (kana + han) - 2 * len(_HALF_WIDTH.findall(text))
        return min(1.0, wide / high) * min(1.0, (kana + common) / max(1, (kana + han) * 0.3))
    if name == "cp949":
        return min(1.0, 2 * len(_HANGUL.findall(text)) / high) * 0.99
    return min(1.0, 2 * han / high) * (0.98 if common * 3 >= han else 0.5)


def _common_han(name: str, text: str) -> int:
    """Characters among the frequent ones: first-level rows in GB 2312, Big5 and JIS."""
    if name == "cp950":
        return sum(b"\xa4" <= char.encode(name, "ignore")[:1] <= b"\xc6" for char in _han(text))
    if name == "gb18030":
        return sum(b"\xb0" <= char.encode(name, "ignore")[:1] <= b"\xd7" for char in _han(text))
    return len(_HAN.findall(text))


def _han(text: str) -> list[str]:
    return _HAN.findall(text)


def _bicameral(sample: bytes, high: int) -> tuple[str, float]:
    """Pages that hold the same letters in other places: strange words tell the wrong ones."""
    if max((len(run) for run in re.findall(rb"[\x80-\xff]+", sample)), default=0) < 3:
        return "", 0.0
    best, best_score = "", 0.0
    for name in _ALPHABETS:
        if (score := _score(sample, name, high)) > best_score:
            best, best_score = name, score
    return best, best_score


def _score(sample: bytes, name: str, high: int) -> float:
    """How much of the 8-bit text the page of an alphabet explains, at most 1."""
    letters, text = _ALPHABETS[name], sample.decode(name, "replace")
    known = sum(char.lower() in letters for char in text)
    strange = sum(_is_strange(one, other, letters) for one, other in pairwise(text))
    # People rarely shout: of two readings the one in small letters is the likelier.
    loud = sum(char.isupper() and char.lower() in letters for char in text)
    return (known - 3 * strange - 0.15 * loud) / high


def _is_strange(one: str, other: str, letters: frozenset[str]) -> bool:
    """A capital behind a small letter, or two alphabets in one word."""
    ours = one.lower() in letters, other.lower() in letters
    if all(ours):
        return one.islower() and other.isupper()
    return any(ours) and one.isalpha() and other.isalpha()


@cache
def _letters(name: str) -> frozenset[int]:
    return frozenset(_LETTERS[name].encode(name, "ignore")) - frozenset(range(128))


def _alphabet(sample: bytes) -> str:
    """The first code page whose languages explain the most of the 8-bit bytes."""
    high = [byte for byte in sample if byte > 127]
    scores = {name: sum(byte in _letters(name) for byte in high) for name in _LETTERS}
    return max(scores, key=lambda name: scores[name])
