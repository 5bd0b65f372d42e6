"""An impact in whole sentences."""

from datetime import timedelta

import pytest

from tickets.forecast import Impact
from tickets.forecast_words import tell

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def said(impact: Impact) -> str:
    told = tell(impact)
    return " ".join(filter(None, [told.headline, *told.details, told.lateness, told.basis]))


@pytest.mark.parametrize(
    ("impact", "words"),
    [
        (Impact(0), "No clock runs by this now, so nobody’s promise moves."),
        (Impact(1, read=1), "The 1 clock that runs now stays where it is."),
        (Impact(7, read=7), "None of the 7 running clocks moves."),
        (
            Impact(3, earlier=1, biggest_earlier=2 * HOUR, read=3),
            "This moves 1 running clock of 3. 1 comes due earlier, by 2 hours.",
        ),
        (
            Impact(9, earlier=2, later=3, biggest_earlier=HOUR, biggest_later=DAY + HOUR, read=9),
            "This moves 5 running clocks of 9. 2 come due earlier, by up to 1 hour. "
            "3 come due later, by up to 1 day 1 hour.",
        ),
        (
            Impact(2, newly_late=1, later=1, biggest_later=timedelta(minutes=5), read=2),
            "This moves 1 running clock of 2. 1 comes due later, by 5 minutes. "
            "1 would be late at once.",
        ),
        (Impact(2, started=2, read=2), "This moves 0 running clocks of 2. 2 more begin to run."),
        (
            Impact(120_000, later=60_000, biggest_later=HOUR, read=2000),
            "This moves about 60000 running clocks of 120000. 60000 come due later, by up to "
            "1 hour. Estimated from 2000 of 120000 running clocks.",
        ),
    ],
)
def test_it_is_told_as_people_say_it(impact: Impact, words: str) -> None:
    assert said(impact) == words
