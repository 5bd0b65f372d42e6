"""What people ask, and what becomes of it: the words of ninety days, without their times.

A story asks (`summary`, of which each telling takes another, and `text`). Then the desk either
- answers at once with `done`, or first with `answer`, or first with a question: `ask`, `reply`;
- may write a `note`, may `hold` the ticket (a waiting state), and says `done`, which solves it;
- hears `back` that it is not solved yet, and solves it `again`.
A requester may withdraw (`never_mind`) or add a colleague (`adds`). `to` and `to_service` name the
desk to which the first one moves it. `end = "declined"` closes it with a kind no.
"""

from dataclasses import dataclass
from random import Random

from departments.models import Person
from helpdesk.demo.people import words

ROOMS = ("Spree", "Bosphorus", "Thames", "Someș", "Sumida", "Havel", "Tuna", "Lea")
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
MONTHS_RO = [
    "ianuarie",
    "februarie",
    "martie",
    "aprilie",
    "mai",
    "iunie",
    "iulie",
    "august",
    "septembrie",
    "octombrie",
    "noiembrie",
    "decembrie",
]
VOICES: dict[str, dict[str, list[str]]] = words("voices")


@dataclass(frozen=True)
class Story:
    """One request as it is told in helpdesk/demo/words; empty texts did not happen."""

    desk: str
    lang: str
    summary: list[str]
    text: str
    service: str = ""
    category: str = ""
    channel: str = "web"
    answer: str = ""
    ask: str = ""
    reply: str = ""
    note: str = ""
    hold: str = ""
    done: str = ""
    back: str = ""
    again: str = ""
    never_mind: str = ""
    adds: str = ""
    to: str = ""
    to_service: str = ""
    end: str = ""


def stories_of(desk: str) -> list[Story]:
    return [Story(desk=desk, **row) for row in words(desk)["story"]]


def particulars(rng: Random, month: int) -> dict[str, str]:
    """What differs between two tellings of one story; `month` is the month it is told in."""
    return {
        "room": rng.choice(ROOMS),
        "tag": f"AL-{rng.randrange(20100, 20900)}",
        "invoice": str(rng.randrange(2200, 3900)),
        "order": f"PO-{rng.randrange(4100, 4900)}",
        "amount": f"{rng.randrange(38, 960)}.{rng.choice(('00', '50', '20', '90'))}",
        "last_month": MONTHS[month - 2],
        "last_month_ro": MONTHS_RO[month - 2],
    }


def signed(person: Person) -> str:
    """How somebody calls themselves; the honorific is for others to add."""
    return person.first_name.removesuffix("さん")


def asking(rng: Random, lang: str, text: str, me: Person) -> str:
    """A requester's words, often with a greeting and a name below."""
    voice = VOICES[lang]
    parts = [text]
    if rng.random() < 0.6:
        parts.insert(0, rng.choice(voice["asks"]))
    if rng.random() < 0.55:
        parts.append(rng.choice(voice["ends"]).format(me=signed(me)))
    return "\n\n".join(parts)


def answering(rng: Random, lang: str, text: str, me: Person, to: Person, *, is_first: bool) -> str:
    """A desk's words: always a greeting (with thanks only in the first), mostly a name below."""
    voice = VOICES[lang]
    greetings = voice["answers"] + voice["thanks"] * is_first
    parts = [rng.choice(greetings).format(name=to.first_name), text]
    if rng.random() < 0.7:
        parts.append(rng.choice(voice["closes"]).format(me=signed(me)))
    return "\n\n".join(parts)
