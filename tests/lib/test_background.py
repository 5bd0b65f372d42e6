"""Nudges: after commit, by name, and never in the way."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from celery import current_app

from helpdesk.lib import background
from helpdesk.lib.background import later, quietly

Capture = Callable[..., AbstractContextManager[list[Callable[[], None]]]]


def test_a_nudge_waits_for_the_commit(
    db: None, django_capture_on_commit_callbacks: Capture
) -> None:
    with django_capture_on_commit_callbacks() as waiting:
        later("tickets.react", 1)
    assert len(waiting) == 1


def test_nobody_is_nudged_quietly(db: None, django_capture_on_commit_callbacks: Capture) -> None:
    with django_capture_on_commit_callbacks() as waiting, quietly():
        later("tickets.react", 1)
    assert waiting == []


def test_silence_ends_also_after_an_error(
    db: None, django_capture_on_commit_callbacks: Capture
) -> None:
    with pytest.raises(ZeroDivisionError), quietly():
        raise ZeroDivisionError
    with django_capture_on_commit_callbacks() as waiting:
        later("tickets.react", 1)
    assert len(waiting) == 1


def test_a_lost_nudge_is_nobodys_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_words: object, **_more: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(current_app, "send_task", refuse)
    background.publish("tickets.react", (1,))
