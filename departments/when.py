"""Words for moments and durations: pages, mails and the API say them the same way."""

import re
from contextlib import nullcontext
from datetime import date, datetime, timedelta, tzinfo

from django.utils import formats, translation
from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext, ngettext, npgettext, pgettext

NBSP = "\u00a0"
HOUR = 60
# Kana, Han and half-width kana. Who writes Han alone is taken for Japanese: the house has no
# other language that uses it.
JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f]")


def moment_words(at: datetime, now: datetime, tz: tzinfo, lang: str | None = None) -> str:
    """The moment in the reader's zone and language: “today 14:00”, “Tue 14:00”, “Tue 3 Mar 14:00”.

    A bare weekday always means one of the next six days; what lies further back than yesterday
    or further ahead carries its date, and its year when that is another one.
    """
    local, here = at.astimezone(tz), now.astimezone(tz)
    with _speaking(lang):
        time = time_words(at, tz)
        words = _day_and_time(local.date(), here.date()).format(
            time=time, **_parts(local.date(), short=True)
        )
    return words.replace(f" {time}", f"{NBSP}{time}")


def time_words(at: datetime, tz: tzinfo) -> str:
    """The clock time alone, “14:00”."""
    return at.astimezone(tz).strftime("%H:%M")


def day_words(on: date, today: date, lang: str | None = None) -> str:
    """The day alone: “today”, “Tue 3 Mar”, “Tue 3 Mar 2025”."""
    with _speaking(lang):
        near = {
            -1: pgettext("day", "yesterday"),
            0: pgettext("day", "today"),
            1: pgettext("day", "tomorrow"),
        }.get((on - today).days)
        if near:
            return near
        pattern = (
            pgettext("day", "{weekday} {day} {month}")
            if on.year == today.year
            else pgettext("day", "{weekday} {day} {month} {year}")
        )
        return pattern.format(**_parts(on, short=True))


def day_heading(on: date, today: date, lang: str | None = None) -> str:
    """The line above a day in a conversation: “Today, Monday 9 March”."""
    with _speaking(lang):
        patterns = {
            -1: pgettext("day heading", "Yesterday, {weekday} {day} {month}"),
            0: pgettext("day heading", "Today, {weekday} {day} {month}"),
        }
        other = (
            pgettext("day heading", "{weekday} {day} {month}")
            if on.year == today.year
            else pgettext("day heading", "{weekday} {day} {month} {year}")
        )
        return patterns.get((on - today).days, other).format(**_parts(on, short=False))


def ago_words(at: datetime, now: datetime, lang: str | None = None) -> str:
    """How long ago, in one unit, for narrow columns: “now”, “6m”, “3h”, “12d”."""
    minutes = max(0, int((now - at) / timedelta(minutes=1)))
    with _speaking(lang):
        if minutes < 1:
            return pgettext("how long ago", "now")
        if minutes < HOUR:
            return pgettext("duration", "{minutes}m").format(minutes=minutes)
        if minutes < 24 * HOUR:
            return pgettext("duration", "{hours}h").format(hours=minutes // HOUR)
        days = minutes // (24 * HOUR)
        return npgettext("duration", "{days}d", "{days}d", days).format(days=days)


def duration_words(minutes: float, day_minutes: int | None = None, lang: str | None = None) -> str:
    """Two units at most: “4h 20m”. With `day_minutes` (a working day) also “1d 2h”."""
    days, hours, left = _split(minutes, day_minutes)
    with _speaking(lang):
        if days and hours:
            pattern = npgettext("duration", "{days}d {hours}h", "{days}d {hours}h", days)
        elif days:
            pattern = npgettext("duration", "{days}d", "{days}d", days)
        elif hours and left:
            pattern = pgettext("duration", "{hours}h {minutes}m")
        elif hours:
            pattern = pgettext("duration", "{hours}h")
        else:
            pattern = pgettext("duration", "{minutes}m")
        return pattern.format(days=days, hours=hours, minutes=left)


def long_duration_words(
    minutes: float, day_minutes: int | None = None, lang: str | None = None
) -> str:
    """The same in whole words, for mails and for the ear: “4 hours 20 minutes”."""
    days, hours, left = _split(minutes, day_minutes)
    with _speaking(lang):
        named = [
            (days, ngettext("{n} day", "{n} days", days)),
            (hours, ngettext("{n} hour", "{n} hours", hours)),
            (left, ngettext("{n} minute", "{n} minutes", left)),
        ]
        words = [pattern.format(n=n) for n, pattern in named if n]
        if days:
            words = words[: 2 if hours else 1]
        return " ".join(words) or ngettext("{n} minute", "{n} minutes", 0).format(n=0)


def file_size_words(size: int, lang: str | None = None) -> str:
    """A file's size in decimal units: “84 KB”, “1.2 MB”."""
    with _speaking(lang):
        if size < 1_000_000:
            kilobytes = max(1, round(size / 1000)) if size else 0
            return gettext("{size} KB").format(size=formats.number_format(kilobytes))
        digits = 1 if size < 10_000_000 else 0
        megabytes = formats.number_format(round(size / 1_000_000, digits), digits)
        return gettext("{size} MB").format(size=megabytes)


def language_of(text: str) -> str:
    """A cheap guess by script, for `lang` attributes: "ja" or nothing."""
    return "ja" if JAPANESE.search(text) else ""


def _speaking(lang: str | None) -> translation.override | nullcontext[None]:
    return translation.override(lang) if lang else nullcontext()


def _parts(on: date, *, short: bool) -> dict[str, object]:
    weekdays, months = (WEEKDAYS_ABBR, MONTHS_3) if short else (WEEKDAYS, MONTHS)
    month = str(months[on.month])
    return {
        "weekday": weekdays[on.weekday()],
        "day": on.day,
        # Django abbreviates months in lower case, for use after a comma.
        "month": month[:1].upper() + month[1:] if translation.get_language() == "en" else month,
        "year": on.year,
    }


def _day_and_time(on: date, today: date) -> str:
    distance = (on - today).days
    near = {
        -1: pgettext("moment", "yesterday {time}"),
        0: pgettext("moment", "today {time}"),
        1: pgettext("moment", "tomorrow {time}"),
    }
    if distance in near:
        return near[distance]
    if 1 < distance < 7:
        return pgettext("moment", "{weekday} {time}")
    if on.year == today.year:
        return pgettext("moment", "{weekday} {day} {month} {time}")
    return pgettext("moment", "{weekday} {day} {month} {year} {time}")


def _split(minutes: float, day_minutes: int | None) -> tuple[int, int, int]:
    whole = max(0, int(minutes))
    days, rest = divmod(whole, day_minutes) if day_minutes else (0, whole)
    hours, left = divmod(rest, HOUR)
    return days, hours, left
