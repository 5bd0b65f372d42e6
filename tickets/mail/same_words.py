"""Whether a text says again what another said: a machine's words differ in numbers and names only.

Pure. Line by line, since what people write anew is a line of its own above a long signature.
"""

import re
from collections import Counter

CHARACTERS = 4000  # Whoever says something new says it before that.
LINES = 60
NEAR = 0.6  # of the words of the longer line; or
WITHIN, LEAST = 0.8, 0.4  # of the shorter one, and of the longer: it repeats our subject
SHORT = 30  # letters; of Chinese, Japanese and Korean each counts twice
# A word, or one sign of a writing that puts no blanks between its words.
_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\d_\u3040-\u30ff\u3400-\u9fff]+|\d+"
)

Lines = list[Counter[str]]


def says_again(new: str, old: str) -> bool:
    """Whether the new text is as long as the old one and has no line that is not in it."""
    one, other = lines_of(new), lines_of(old)
    sizes = sorted([sum(line.total() for line in one), sum(line.total() for line in other)])
    if not sizes[0] or sizes[1] > 2 * sizes[0]:
        return False
    return all(any(_is_near(line, known) for known in other) for line in one)


def is_short(text: str) -> bool:
    """“Yes, please”: what a person may well say again and again."""
    words = (word for line in lines_of(text) for word in line.elements())
    return sum(len(word) * (2 if "\u3040" <= word[0] <= "\ud7af" else 1) for word in words) < SHORT


def lines_of(text: str) -> Lines:
    """The words of each line, all numbers alike; quoted lines and those without words left out."""
    lines = text[:CHARACTERS].casefold().splitlines()[:LINES]
    told = (
        Counter(_word(each) for each in _WORD.findall(line)) for line in lines if line[:1] != ">"
    )
    return [words for words in told if words]


def _word(text: str) -> str:
    return "0" if text.isdigit() else text


def _is_near(one: Counter[str], other: Counter[str]) -> bool:
    common, (shorter, longer) = (one & other).total(), sorted([one.total(), other.total()])
    is_within = common >= WITHIN * shorter and common >= LEAST * longer
    return common >= NEAR * longer or is_within
