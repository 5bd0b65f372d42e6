"""The template tags of the design language."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone, translation

from departments.templatetags import ui
from tests.frontend.page import person, rendered, request_by, words

NOW = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Elif Yıldız", "EY"),
        ("Misaki", "M"),
        ("Ana Maria de la Cruz", "AC"),
        ("田中 美咲", "田"),
        ("", ""),
    ],
)
def test_an_avatar_shows_initials_and_hides_from_the_ear(name: str, initials: str) -> None:
    face = rendered("{% avatar p %}", p=person(name=name))[0]
    assert (face.text or "") == initials
    assert face.get("aria-hidden") == "true"


@pytest.mark.parametrize("pk", [1, 8, 9, 1000])
def test_an_avatars_hue_is_one_of_eight(pk: int) -> None:
    face = rendered('{% avatar p "xs" %}', p=person(pk=pk))[0]
    assert face.get("class") == f"avatar avatar-{pk % 8 + 1} avatar-xs"


@pytest.mark.parametrize(("presence", "css"), [("here", None), ("away", "away")])
def test_presence_is_a_dot(presence: str, css: str | None) -> None:
    face = rendered('{% avatar p "" presence %}', p=person(), presence=presence)[0]
    assert face.find("i").get("class") == css


def test_nobody_has_a_dashed_face() -> None:
    assert "avatar-none" in rendered('{% avatar nobody "s" %}', nobody=None)[0].get("class")


def test_a_name_cannot_bring_markup() -> None:
    face = rendered("{% avatar p %}", p=person(name="<script> <b>"))[0]
    assert face.text == "<<"
    assert len(face) == 0


def test_an_icon_is_drawn_from_the_sprite_and_hidden_from_the_ear() -> None:
    picture = rendered('{% icon "laptop" "icon-s" %}')[0]
    assert picture.get("class") == "icon icon-s"
    assert picture.get("aria-hidden") == "true"
    assert picture[0].get("href").endswith("icons.svg#laptop")


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ("{% when at %}", "today 11:00"),
        ("{% when at capital=True %}", "Today 11:00"),
        ('{% when at "time" %}', "11:00"),
        ('{% when at "day" %}', "today"),
        ("{% ago at %}", "now"),
    ],
)
def test_when_is_a_time_in_the_readers_zone(tag: str, shown: str) -> None:
    with timezone.override("Europe/Berlin"):
        element = rendered(tag, at=NOW)[0]
    assert element.tag == "time"
    assert element.get("datetime") == "2026-03-09T10:00+00:00"
    assert words(element) == shown


@pytest.mark.parametrize("tag", ["{% when at %}", "{% ago at %}"])
def test_no_moment_says_nothing(tag: str) -> None:
    assert not words(rendered(tag, at=None))


@time_machine.travel(NOW, tick=False)
def test_a_day_heading_follows_the_readers_midnight() -> None:
    late = NOW - timedelta(hours=11)  # 23:00 UTC of the day before
    with timezone.override("Europe/Istanbul"):
        assert ui.day_heading(late) == "Today, Monday 9 March"
        assert ui.local_day(late).isoformat() == "2026-03-09"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ 260|duration }}", "4h 20m"),
        ("{{ 600|duration:480 }}", "1d 2h"),
        ("{{ 61|long_duration }}", "1 hour 1 minute"),
        ("{{ nothing|duration }}{{ nothing|long_duration }}", ""),
        ("{{ 1200000|file_size }}", "1.2 MB"),
    ],
)
def test_filters_for_amounts(source: str, shown: str) -> None:
    assert words(rendered(source, nothing=None)) == shown


def test_markdown_is_shown_safely() -> None:
    tree = rendered("{{ text|markdown }}", text="*hi* <script>x</script>")
    assert tree.xpath(".//em/text()") == ["hi"]
    assert not tree.xpath(".//script")


@pytest.mark.parametrize(
    ("text", "reader", "lang"),
    [("田中", "en", "ja"), ("田中", "ja", None), ("Ayşe", "en", None), (None, "en", None)],
)
def test_a_text_in_another_script_says_its_language(
    text: str | None, reader: str, lang: str | None
) -> None:
    with translation.override(reader):
        assert rendered("<b{% lang_attr t %}>x</b>", t=text).find("b").get("lang") == lang


@pytest.mark.parametrize(("here", "marked"), [("ask", "page"), ("home", None)])
def test_the_link_to_this_page_is_marked(here: str, marked: str | None) -> None:
    request = request_by()
    request.resolver_match = type("Match", (), {"url_name": here})()
    mark = ui.current({"request": request}, "services", "ask")
    assert ("page" in mark) == bool(marked)


def test_a_page_without_a_request_marks_nothing() -> None:
    assert not ui.current({}, "home")
