"""The people of Aldera, where they work, and who is shown to a guest of the demo."""

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

ISTANBUL, BUCHAREST, BERLIN, TOKYO, LONDON = (
    "Europe/Istanbul",
    "Europe/Bucharest",
    "Europe/Berlin",
    "Asia/Tokyo",
    "Europe/London",
)
# Where people live follows from what they speak: one office for each language.
ZONES = {"tr": ISTANBUL, "ro": BUCHAREST, "de": BERLIN, "ja": TOKYO, "en": LONDON}


def words(name: str) -> dict[str, Any]:
    """What is written in one of the files of words."""
    path = Path(__file__).parent / "words" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


class Colleague(NamedTuple):
    """One employee; `key` is the part before the @ of the address."""

    key: str
    name: str
    title: str
    department: str
    location: str
    speaks: str
    manager: str = ""
    ask_me: str = ""
    called: str = ""
    phone: str = ""

    @property
    def zone(self) -> str:
        return ZONES[self.speaks]


PEOPLE = {row["key"]: Colleague(**row) for row in words("people")["people"]}

# Who works at which desk, and how.
DESKS = {
    "it": {"jonas": "lead", "mihai": "agent", "ayse": "agent", "deniz": "agent"},
    "hr": {"andreea": "lead", "misaki": "agent", "ioana": "agent"},
    "facilities": {"mehmet": "lead", "sarah": "agent"},
    "finance": {"tom": "lead", "kenji": "agent", "grace": "observer"},
    "legal": {"katharina": "lead", "henrik": "agent"},
}
HEADS = {
    "aldera": "grace",
    "it": "jonas",
    "hr": "andreea",
    "facilities": "mehmet",
    "finance": "tom",
    "legal": "katharina",
    "sales": "radu",
    "product": "lena",
    "operations": "nora",
}
ADMINISTRATOR = "sam"
# Who is worth trying out, and what they do.
SIGN_INS = {
    "elif": "asks for help",
    "mihai": "answers in IT",
    "jonas": "leads IT",
    "misaki": "answers in HR, in confidence",
    "andreea": "heads HR",
    "tom": "leads Finance",
    ADMINISTRATOR: "administers, and does not read HR",
}


def address(key: str) -> str:
    return f"{key}@{settings.MAIL_DOMAIN}"


def sign_ins() -> str:
    """Who can be tried out, as text for a terminal."""
    lines = [f"  {address(key):<24} {PEOPLE[key].name}, {role}" for key, role in SIGN_INS.items()]
    return "\n".join(
        [f"The demo's people; the password of all is {settings.DEMO_PASSWORD}", *lines]
    )
