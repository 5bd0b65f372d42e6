"""Whether one address looks like another to a hurried reader (Unicode UTS 39, in small)."""

import unicodedata
from functools import lru_cache

# Letters of other alphabets, digits and signs that look like Latin small letters.
_ALIKE = str.maketrans(
    "авеёкмнорстухіјѕԁһԛԝӏгпьαβγεηικνορτυχωɑɡɩʟɴ01|!ıij",
    "abeekmhopctyxljsdhqwlrnbabyenlkvoptuxwagllnolllllj",
)
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_DROPPED = str.maketrans("", "", "._-+'")


@lru_cache(maxsize=50_000)  # Each new sender is compared with everybody.
def skeleton(address: str) -> str:
    """What remains of an address when everything that looks alike is one."""
    local, at, domain = address.rpartition("@")
    labels = ".".join(map(_readable, domain.split(".")))
    return f"{_plain(local).translate(_DROPPED)}{at}{_plain(labels)}"


def _readable(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign))
    seen = bare.translate(_ALIKE)
    for pair, sign in _PAIRS:
        seen = seen.replace(pair, sign)
    return seen
