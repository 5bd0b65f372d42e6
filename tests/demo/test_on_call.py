"""The demo company's rota: somebody can be called at every hour, and there is something to see."""

from datetime import timedelta

import pytest

from departments.models import Absence, Department, Rota, RotaOverride
from departments.on_call import calendar_of, gaps_ahead, people_on_call
from departments.rota import Why
from tests.demo.conftest import NOW

pytestmark = [pytest.mark.usefixtures("aldera"), pytest.mark.once]
DAY = timedelta(days=1)


def it() -> Department:
    return Department.objects.get(slug="it")


def test_it_can_be_called_in_two_layers() -> None:
    called = people_on_call(it(), NOW)
    assert [one.layer.name for one in called] == ["First line", "Second line"]
    assert all(one.person.phone for one in called)


def test_turns_began_long_ago() -> None:
    assert len(people_on_call(it(), NOW - 60 * DAY)) == 2


def test_there_is_no_gap_ahead() -> None:
    assert gaps_ahead(Rota.objects.get(), NOW) == []


def test_an_evening_is_covered_by_somebody_else() -> None:
    cover = RotaOverride.objects.get()
    first = calendar_of(Rota.objects.get(), cover.starts_at, cover.ends_at)[0].shifts[0]
    assert (first.why, first.person) == (Why.COVER, cover.person)
    assert first.planned != cover.person


def test_somebody_is_away_in_their_turn_and_their_deputy_stands_in() -> None:
    absence = Absence.objects.get()
    line = calendar_of(Rota.objects.get(), NOW, NOW + 28 * DAY)[0]
    stands_in = [one for one in line.shifts if one.why == Why.DEPUTY]
    assert stands_in
    assert {one.person for one in stands_in} == {absence.deputy}
    assert {one.planned for one in stands_in} == {absence.person}
