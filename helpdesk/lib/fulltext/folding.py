"""One spelling for what people write in many: width, case, Turkish i, diacritics, kana."""

import unicodedata
from functools import lru_cache

# Letters that do not come apart into a base letter and a mark.
SINGLE = str.maketrans(
    {
        "ı": "i",
        "ß": "ss",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ħ": "h",
        "ŧ": "t",
        "ĸ": "k",
        "ŋ": "n",
        "ς": "σ",
        "ё": "е",
    }
)
# How these letters are written where a keyboard lacks them: Müller and Mueller, Århus and Aarhus.
LONG = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
SHORT = str.maketrans({"æ": "a", "œ": "o"})
INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])
TURKISH_CAPITALS = str.maketrans({"I": "ı", "İ": "i"})
KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
LONG_VOWELS = {0x30FC: None, 0xFF70: None}
TURKIC = {"tr", "az"}
UNCOVERED = 4  # Folding may uncover letters that fold again; this often is more than enough.


def normal(text: str) -> str:
    """Compatible forms made one, marks put back on their letters, what nobody sees removed."""
    return unicodedata.normalize("NFKC", text.translate(INVISIBLE))


def lower(text: str, language: str = "") -> str:
    """Small letters by the rules of the language; İ never leaves a mark of its own behind."""
    if language in TURKIC:
        return text.translate(TURKISH_CAPITALS).lower()
    return text.replace("İ", "i").lower()


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """The spelling without case, width and marks; I, İ, ı and i are one letter everywhere."""
    if word.isascii():
        return word.lower()
    for _time in range(UNCOVERED):
        small = lower(normal(word)).translate(SINGLE)
        apart = unicodedata.normalize("NFD", small)
        bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
        before, word = word, unicodedata.normalize("NFC", bare)
        if word == before:
            break
    return word


def long_spelling(word: str) -> str:
    """The folded word with ö written oe and å written aa."""
    return word if word.isascii() else fold(lower(normal(word)).translate(LONG))


def short_spelling(word: str) -> str:
    """The folded word with æ written a, as those do who lack the key."""
    return word if word.isascii() else fold(lower(normal(word)).translate(SHORT))


@lru_cache(maxsize=65_536)
def fold_kana(run: str) -> str:
    """Full width, katakana for hiragana, without long vowel marks."""
    return normal(run).translate(KATAKANA).translate(LONG_VOWELS).lower()
