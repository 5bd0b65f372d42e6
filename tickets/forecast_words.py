"""An impact in whole sentences, the same for calendars and promises."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from departments.when import long_duration_words
from tickets.forecast import Impact, Shift

DAY = 24 * 60


@dataclass(frozen=True)
class Told:
    """What templates/parts/impact.html shows."""

    headline: str
    details: Sequence[str]
    lateness: str  # Empty where nothing would be late at once.
    basis: str  # How the numbers came about, where they are not exact.
    examples: Sequence[Shift]


def tell(impact: Impact) -> Told:
    return Told(headline(impact), details(impact), lateness(impact), basis(impact), impact.examples)


def headline(impact: Impact) -> str:
    """The one sentence that stands first."""
    if not impact.total and not impact.started and not impact.newly_late:
        return _("No clock runs by this now, so nobody’s promise moves.")
    if not impact.moved and not impact.started and not impact.newly_late:
        return ngettext(
            "The %(total)s clock that runs now stays where it is.",
            "None of the %(total)s running clocks moves.",
            impact.total,
        ) % {"total": impact.total}
    words = (
        ngettext(
            "This moves about %(n)s running clock of %(total)s.",
            "This moves about %(n)s running clocks of %(total)s.",
            impact.moved,
        )
        if impact.is_estimate
        else ngettext(
            "This moves %(n)s running clock of %(total)s.",
            "This moves %(n)s running clocks of %(total)s.",
            impact.moved,
        )
    )
    return words % {"n": impact.moved, "total": impact.total}


def details(impact: Impact) -> list[str]:
    """What becomes of them, a sentence for each that is true."""
    found = [
        (
            impact.earlier,
            ngettext(
                "%(n)s comes due earlier, by %(time)s.",
                "%(n)s come due earlier, by up to %(time)s.",
                impact.earlier,
            ),
            impact.biggest_earlier,
        ),
        (
            impact.later,
            ngettext(
                "%(n)s comes due later, by %(time)s.",
                "%(n)s come due later, by up to %(time)s.",
                impact.later,
            ),
            impact.biggest_later,
        ),
        (
            impact.started,
            ngettext("%(n)s more begins to run.", "%(n)s more begin to run.", impact.started),
            timedelta(0),
        ),
    ]
    return [
        words % {"n": number, "time": long_duration_words(by / timedelta(minutes=1), DAY)}
        for number, words, by in found
        if number
    ]


def lateness(impact: Impact) -> str:
    if not impact.newly_late:
        return ""
    return ngettext(
        "%(n)s would be late at once.", "%(n)s would be late at once.", impact.newly_late
    ) % {"n": impact.newly_late}


def basis(impact: Impact) -> str:
    if not impact.is_estimate:
        return ""
    return _("Estimated from %(read)s of %(total)s running clocks.") % {
        "read": impact.read,
        "total": impact.total,
    }
