"""The entries of a calendar feed (iCalendar, RFC 5545), one by one, as far as they make sense.

Feeds come from strangers. Only the lines that matter here reach the library, each entry by itself:
what is wrong with one does not hurt the others. Time zones that a feed defines do not reach it at
all; names of zones are believed where the system knows them, and are the desk's own zone otherwise.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Any, get_args

from icalendar import Event

from departments.recurrence import Every, Rule

MAX_ENTRIES = 5_000
MAX_LINE, MAX_LIST = 1_000, 20_000
MAX_NAME = 80
MAX_LENGTH = timedelta(days=3_660)

FOLD = re.compile(rb"(?:\r\n|\r|\n)[ \t]")
LINE_BREAK = re.compile(r"\r\n|\r|\n")
LINE = re.compile(
    "(UID|DTSTART|DTEND|DURATION|SUMMARY|RRULE|RDATE|EXDATE|RECURRENCE-ID|STATUS)[;:]", re.I
)
LISTS = {"RDATE", "EXDATE"}

EVERY: dict[str, Every] = {every: every for every in get_args(Every)}
WEEKDAYS = {name: number for number, name in enumerate(("MO", "TU", "WE", "TH", "FR", "SA", "SU"))}
BYDAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.I)
SETS = {
    "BYMONTH": "months",
    "BYMONTHDAY": "month_days",
    "BYYEARDAY": "year_days",
    "BYSETPOS": "positions",
}
SAYS_NOTHING_OF_DAYS = {"BYHOUR", "BYMINUTE", "BYSECOND"}
KNOWN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *SETS, *SAYS_NOTHING_OF_DAYS}

Moment = date | datetime


class TooManyEntries(Exception):
    """No calendar of days off has so many."""


@dataclass(frozen=True)
class Entry:
    """One entry with its repetitions. Its moments are days, or instants with a zone."""

    uid: str
    name: str
    start: Moment
    end: Moment
    rule: Rule | None = None
    added: frozenset[date] = frozenset()
    left_out: frozenset[date] = frozenset()
    replaces: date | None = None  # the day of the series for which this one stands
    replaces_what_follows: bool = False
    is_cancelled: bool = False

    @property
    def first(self) -> date:
        return _date(self.start)

    @property
    def length(self) -> timedelta:
        return _date(self.end) - self.first

    def span(self, first: date, zone: tzinfo) -> tuple[date, date]:
        """The whole days, [from, until), that it takes in this zone when it begins on `first`.

        With times these are the days that it covers from midnight to midnight.
        """
        last = first + self.length
        if not (isinstance(self.start, datetime) and isinstance(self.end, datetime)):
            return first, last
        begins = datetime.combine(first, self.start.timetz()).astimezone(UTC)
        ends = datetime.combine(last, self.end.timetz()).astimezone(zone).date()
        first = begins.astimezone(zone).date()
        if datetime.combine(first, time.min, zone).astimezone(UTC) < begins:
            first += timedelta(days=1)
        return first, max(first, ends)

    def takes_whole_days(self, zone: tzinfo) -> bool:
        first, until = self.span(self.first, zone)
        return first < until


def text_of(data: bytes) -> str:
    """The feed as text with its long lines put together, in any encoding that it may have."""
    unfolded = FOLD.sub(b"", data).replace(b"\0", b"")
    try:
        return unfolded.decode("utf-8-sig")
    except UnicodeDecodeError:
        return unfolded.decode("cp1252", "replace")


def read_entries(text: str, zone: tzinfo) -> tuple[list[Entry], int]:
    """Every entry that makes sense, and how many others there are. Raises TooManyEntries."""
    blocks = list(islice(_blocks(text), MAX_ENTRIES + 1))
    if len(blocks) > MAX_ENTRIES:
        raise TooManyEntries
    entries, unreadable = [], 0
    for lines in blocks:
        try:
            entries.append(_entry(lines, zone))
        except Exception:  # noqa: BLE001 - a parser meets hostile text: whatever it raises
            unreadable += 1
    return entries, unreadable


def _blocks(text: str) -> Iterator[list[str]]:
    """The lines of each VEVENT, without those of components inside it and around it."""
    lines: list[str] | None = None
    inner = 0
    for line in LINE_BREAK.split(text):
        word = line[:20].strip().upper()
        if lines is None:
            lines = [] if word == "BEGIN:VEVENT" else None
        elif word.startswith("BEGIN:"):
            inner += 1
        elif word.startswith("END:") and inner:
            inner -= 1
        elif word.startswith("END:"):
            yield lines
            lines = None
        elif not inner and LINE.match(line):
            lines.append(line)


def _entry(lines: list[str], zone: tzinfo) -> Entry:
    """Raises ValueError, and what else the library raises, for an entry without sense."""
    text = "\r\n".join(["BEGIN:VEVENT", *map(_short, lines), "END:VEVENT", ""])
    event: Any = Event.from_ical(text)  # Its values may be of any kind that the format has.
    start = _moment(event["DTSTART"].dt, zone)
    end = _end(event, start, zone)
    if not timedelta(0) <= end - start <= MAX_LENGTH:
        raise ValueError("length")
    replaces = event.get("RECURRENCE-ID")
    entry = Entry(
        uid=str(event.get("UID", "")),
        name=_name(event.get("SUMMARY", "")),
        start=start,
        end=end,
        rule=_rule(event["RRULE"], start, zone) if "RRULE" in event else None,
        added=frozenset(_days(event, "RDATE", start, zone)),
        left_out=frozenset(_days(event, "EXDATE", start, zone)),
        replaces=replaces and _day(replaces.dt, start, zone),
        replaces_what_follows=bool(replaces) and replaces.params.get("RANGE") == "THISANDFUTURE",
        is_cancelled=str(event.get("STATUS", "")).strip().upper() == "CANCELLED",
    )
    entry.span(entry.first, zone)  # Fails at the edges of time, better here than later.
    return entry


def _short(line: str) -> str:
    name = LINE.match(line)
    if len(line) <= MAX_LINE or (name and name[1].upper() in LISTS and len(line) <= MAX_LIST):
        return line
    if name and name[1].upper() == "SUMMARY":
        return line[:MAX_LINE]
    raise ValueError("A line is too long.")


def _name(summary: Any) -> str:
    text = str(summary[0] if isinstance(summary, list) else summary)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[
        :MAX_NAME
    ].rstrip()


def _end(event: Any, start: Moment, zone: tzinfo) -> Moment:
    day = timedelta(0) if isinstance(start, datetime) else timedelta(days=1)
    if "DTEND" in event:
        end = _moment(event["DTEND"].dt, zone)
    else:
        end = start + event["DURATION"].dt if "DURATION" in event else start
    if isinstance(start, datetime) and not isinstance(end, datetime):
        return datetime.combine(end, time.min, start.tzinfo)
    if isinstance(end, datetime) and not isinstance(start, datetime):
        end = end.date()
    return start + day if end == start else end


def _moment(value: Any, zone: tzinfo) -> Moment:
    """A day or an instant; what names no zone that is known means the desk's."""
    if not isinstance(value, date):
        raise TypeError("neither a day nor an instant")
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=zone)
    return value


def _date(value: Moment) -> date:
    return value.date() if isinstance(value, datetime) else value


def _day(value: Any, start: Moment, zone: tzinfo) -> date:
    """Which day of a series this moment means, where the series begins with `start`."""
    moment = _moment(value[0] if isinstance(value, tuple) else value, zone)
    if not isinstance(moment, datetime):
        return moment
    if isinstance(start, datetime):
        return moment.astimezone(start.tzinfo).date()
    # Midnight in whatever zone stands for the day; other times are the desk's midnight in UTC.
    return moment.date() if moment.time() == time.min else moment.astimezone(zone).date()


def _days(event: Any, name: str, start: Moment, zone: tzinfo) -> Iterator[date]:
    lists = event.get(name, [])
    for part in lists if isinstance(lists, list) else [lists]:
        for value in part.dts:
            yield _day(value.dt, start, zone)


def _rule(recur: Any, start: Moment, zone: tzinfo) -> Rule:
    parts: dict[str, list[Any]] = {name.upper(): values for name, values in recur.items()}
    if any(not name.startswith("X-") for name in parts.keys() - KNOWN):
        raise ValueError("parts of a rule that are not understood")
    sets = {ours: frozenset(map(int, parts.get(name, ()))) for name, ours in SETS.items()}
    until = _until(parts["UNTIL"][0], start, zone) if "UNTIL" in parts else None
    return Rule(
        EVERY[str(parts["FREQ"][0])],
        interval=int(parts.get("INTERVAL", [1])[0]),
        count=int(parts["COUNT"][0]) if "COUNT" in parts else None,
        until=until,
        weekdays=frozenset(_weekdays(parts.get("BYDAY", ()))),
        week_start=WEEKDAYS[str(parts.get("WKST", ["MO"])[0]).upper()],
        **sets,
    )


def _until(value: Any, start: Moment, zone: tzinfo) -> date:
    """The last day on which the series may begin."""
    last = _day(value, start, zone)
    moment = _moment(value, zone)
    if isinstance(moment, datetime) and isinstance(start, datetime):
        too_early = moment.astimezone(start.tzinfo).time() < start.time()
        return last - timedelta(days=1) if too_early else last
    return last


def _weekdays(values: Iterable[Any]) -> Iterator[tuple[int, int]]:
    for value in values:
        form = BYDAY.fullmatch(str(value))
        if form is None:
            raise ValueError("weekday")
        yield WEEKDAYS[form[2].upper()], int(form[1] or 0)
