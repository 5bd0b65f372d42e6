"""The watch that a worker keeps on itself: deaf though alive, it ends and is started again."""

import os
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from departments import tasks
from departments.actions import pulse
from departments.models import Heartbeat
from helpdesk import celery

pytestmark = pytest.mark.django_db


def beats(**seconds_ago: int) -> None:
    for name, age in seconds_ago.items():
        at = timezone.now() - timedelta(seconds=age)
        Heartbeat.objects.update_or_create(name=name, defaults={"at": at})


@pytest.mark.parametrize(
    ("seconds_ago", "is_deaf"),
    [
        ({"beat": 1, "worker": 5}, False),
        ({"beat": 1, "worker": 61}, True),
        ({"beat": 1}, True),
        # Nobody calls, so nobody can tell that it does not hear.
        ({"beat": 300, "worker": 300}, False),
        ({"worker": 300}, False),
    ],
)
def test_a_worker_is_deaf_when_the_clock_calls_and_it_hears_nothing(
    seconds_ago: dict[str, int], is_deaf: bool
) -> None:
    beats(**seconds_ago)
    assert pulse.is_worker_deaf(60) is is_deaf


def test_a_deaf_worker_ends_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    beats(beat=1, worker=300)
    moments = iter(range(0, 1000, 40))
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(time, "monotonic", lambda: next(moments))
    monkeypatch.setattr(os, "_exit", exit_with)
    with pytest.raises(SystemExit, match="3"):
        celery.listen_for_own_pulse()


def exit_with(code: int) -> None:
    raise SystemExit(code)


def test_consuming_a_pulse_is_what_shows_that_it_hears() -> None:
    beats(beat=1, worker=300)
    tasks.consumed()
    assert not pulse.is_worker_deaf(60)
