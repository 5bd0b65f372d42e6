"""Time zones to choose from: by region, with today's distance from UTC."""

import zoneinfo
from datetime import UTC, date, datetime, time
from functools import lru_cache
from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext as _

# Names that are kept for old files; each has a newer one in a region.
OLD = ("Etc/", "SystemV/", "US/", "Canada/", "Brazil/", "Chile/", "Mexico/", "posix", "right/")

Choices = list[tuple[str, str | list[tuple[str, str]]]]


def zone_choices(current: str = "") -> Choices:
    """All zones by region; whatever is chosen now stays in the list."""
    now = timezone.now()
    first = ["UTC"] if current in {"", "UTC", *_names()} else ["UTC", current]
    return [*((name, _label(name, now)) for name in first), *_regions(now.date())]


@lru_cache(maxsize=2)
def _regions(day: date) -> Choices:
    """Kept for the day: a few hundred zones are asked for their distance."""
    noon = datetime.combine(day, time(12), UTC)
    return [
        (region, [(name, _label(name, noon)) for name in group])
        for region, group in groupby(_names(), key=lambda name: name.split("/")[0])
    ]


@lru_cache(maxsize=1)
def _names() -> tuple[str, ...]:
    known = zoneinfo.available_timezones()
    return tuple(sorted(name for name in known if "/" in name and not name.startswith(OLD)))


def _label(name: str, now: datetime) -> str:
    """“Europe/Istanbul (UTC+3)”."""
    place = name.replace("_", " ")
    offset = now.astimezone(zoneinfo.ZoneInfo(name)).strftime("%z")
    hours, minutes = offset[:3].replace("+0", "+").replace("-0", "-"), offset[3:5]
    if name == "UTC":
        return _("UTC, world time")
    return f"{place} (UTC{hours}{':' + minutes if minutes != '00' else ''})"
