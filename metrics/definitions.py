"""The registry of figures: what each counts, in one sentence that stands beside it."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Definition:
    """A figure's name, its sentence, its unit, and the version of its arithmetic."""

    key: str
    name: str | Promise
    sentence: str | Promise
    unit: str | Promise
    version: int = 1


DEFINITIONS = {
    definition.key: definition
    for definition in (
        Definition(
            "first_answer",
            _("First answer"),
            _(
                "From the request to the first public reply by a person other than the requester. "
                "Working time; calendar time beside it."
            ),
            _("minutes"),
        ),
        Definition(
            "solution",
            _("Solved in"),
            _(
                "From the request to solved, without the time in which it was held. Working time; "
                "calendar time beside it. Withdrawn, duplicate and spam are left out."
            ),
            _("minutes"),
        ),
        Definition(
            "attainment",
            _("Promises kept"),
            _(
                "Kept divided by kept and missed, over the promises that were decided in the "
                "period. Running ones come later, cancelled ones are left out."
            ),
            _("percent"),
        ),
        Definition(
            "arrivals",
            _("When people ask"),
            _("Requests by weekday and hour in the desk's time zone, all channels."),
            _("requests"),
        ),
        Definition(
            "backlog",
            _("Backlog by age"),
            _("Requests that are open or waiting now, by the days since they were asked."),
            _("requests"),
        ),
        Definition(
            "open_by_agent",
            _("Work per person"),
            _("Open and waiting requests now, by the person who has them."),
            _("requests"),
        ),
    )
}
