"""The parts in templates/parts, each with plain values."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from tests.frontend.page import by_id, part, person, rendered, words

NOW = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)
PARTS = sorted((settings.BASE_DIR / "templates/parts").glob("*.html"))


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.stem)
def test_each_part_opens_with_what_it_needs(path: Any) -> None:
    first = path.read_text().splitlines()[0]
    assert first.startswith("{# ")
    assert first.endswith(" #}")


@pytest.mark.parametrize(
    ("state", "shape"),
    [
        ("ok", "circle"),
        ("soon", "circle"),
        ("late", "path"),
        ("paused", "circle"),
        ("turn", "circle"),
        ("met", "circle"),
    ],
)
def test_a_clock_has_ring_words_and_state(state: str, shape: str) -> None:
    clock = part("clock", state=state, words="25m left", percent=28, chip=True)[0]
    assert clock.get("class") == f"clock clock-{state} clock-chip"
    assert words(clock) == "25m left"
    assert clock.find("svg")[0].tag == shape


def test_states_of_the_promise_differ_without_colour() -> None:
    drawn = set()
    for state in ("ok", "soon", "late", "paused", "turn", "met"):
        ring = part("ring", state=state, percent=40)[0]
        drawn.add(tuple((e.tag, e.get("d"), e.get("r"), e.get("class")) for e in ring))
    assert len(drawn) == 6


@pytest.mark.parametrize("percent", [0, 28, 62.5, 100])
def test_the_ring_shows_the_share_that_is_left(percent: float) -> None:
    arc = part("ring", state="ok", percent=percent).xpath(".//*[@class='value']")[0]
    assert arc.get("stroke-dasharray") == f"{percent} 100"


@pytest.mark.parametrize(
    ("state", "css"),
    [
        ("new", "status-new"),
        ("open", "status-open"),
        ("waiting_requester", "status-wait"),
        ("scheduled", "status-wait"),
        ("resolved", "status-solved"),
        ("closed", "status-solved"),
    ],
)
def test_a_state_has_a_shape_and_a_word(state: str, css: str) -> None:
    status = part("status", state=state, words="Wort")[0]
    assert status.get("class") == f"status {css}"
    assert words(status) == "Wort"


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_a_bare_priority_still_has_its_name_for_the_ear(level: int) -> None:
    prio = part("priority", level=level, words="High", bare=True)[0]
    assert prio.find("span").get("class") == "vh"
    assert words(prio) == "Priority: High"


def message(**context: Any) -> Any:
    return part("message", author=person(), at=NOW, body="hello", **context)[0]


def test_a_note_says_that_it_is_one() -> None:
    note = message(note=True)
    assert "msg-note" in note.get("class")
    assert "Internal note" in words(note)


def test_my_own_message_says_you() -> None:
    assert words(message(own=True)).startswith("EY You")


def test_a_message_takes_the_direction_of_its_text() -> None:
    body = message(lang="ar").find_class("msg-body")[0]
    assert (body.get("dir"), body.get("lang")) == ("auto", "ar")


def test_quoted_text_waits_behind_a_line() -> None:
    fold = message(rest="On Monday <b>you</b> wrote").find(".//details")
    assert fold.get("open") is None
    assert "On Monday <b>you</b> wrote" in words(fold)


@pytest.mark.parametrize(
    ("picture", "address", "shown"), [(False, "/f/1", []), (True, "/f/1?inline", ["/f/1?inline"])]
)
def test_files_of_a_message_are_links_with_size(
    picture: bool, address: str, shown: list[str]
) -> None:
    file = SimpleNamespace(
        name="port<1>.jpg", size=1_200_000, is_picture=picture, get_absolute_url="/f/1"
    )
    link = message(files=[file]).find(".//a")
    assert link.get("href") == address
    assert link.xpath(".//img/@src") == shown
    assert words(link) == "port<1>.jpg 1.2 MB"


def test_the_helpdesk_itself_can_write() -> None:
    tree = part("message", author=None, name="Helpdesk", at=NOW, body="x")
    assert tree.xpath(".//b/text()") == ["Helpdesk"]


def composer(**context: Any) -> Any:
    return part("composer", url="/w/", field_name="body", label="Reply to Elif", **context)


def test_a_plain_composer_is_a_form_with_one_button() -> None:
    form = composer().find("form")
    assert (form.get("method"), form.get("action")) == ("post", "/w/")
    assert form.find(".//textarea").get("aria-label") == "Reply to Elif"
    assert [words(button) for button in form.iter("button")] == ["Send"]
    assert not form.find_class("composer-tabs")


def test_reply_and_note_are_radio_buttons_that_need_no_script() -> None:
    tree = composer(note_label="Internal note", kind="note", note_send="Add note", send="Send")
    radios = {radio.get("value"): radio for radio in tree.xpath(".//input[@type='radio']")}
    assert radios["note"].get("checked") is not None
    assert radios["public"].get("checked") is None
    assert tree.find(".//textarea").get("aria-label") == "Internal note"
    said = {span.get("class"): words(span) for span in tree.xpath(".//button[@data-send]/span")}
    assert said == {"reply-only": "Send", "note-only": "Add note"}


def test_other_ways_to_send_are_buttons_with_a_value() -> None:
    ways = [SimpleNamespace(value="resolved", label="Send and solve", solve=True)]
    button = composer(ways=ways).xpath(".//button[@name='then']")[0]
    assert button.get("value") == "resolved"
    assert button.get("data-send-solve") is not None


def test_a_refused_text_is_kept_with_its_error() -> None:
    area = composer(text="</textarea><b>", error="Somebody wrote meanwhile.").find(".//textarea")
    assert area.text == "</textarea><b>"
    assert area.get("aria-invalid") == "true"
    assert area.get("aria-describedby") == "composer_error"


def test_a_composer_with_files_is_a_drop_zone() -> None:
    tree = composer(files_name="files", max_bytes=25_000_000, max_files=10)
    form = tree.find("form")
    assert form.get("enctype") == "multipart/form-data"
    assert form.get("data-max-bytes") == "25000000"
    assert by_id(tree, form.get("data-list")).tag == "ul"
    assert tree.xpath(".//input[@type='file']")[0].get("multiple") is not None


def test_a_draft_is_saved_where_it_is_told() -> None:
    tree = composer(draft_url="/draft/")
    area = tree.find(".//textarea")
    assert area.get("data-draft-url") == "/draft/"
    assert by_id(tree, area.get("data-draft-state")).get("role") == "status"


def row(**changes: Any) -> Any:
    values = {
        "number": "IT-1", "url": "/tickets/IT-1/", "summary": "会議室B", "requester": person(),
        "service": "Meeting rooms", "state": "open", "state_words": "In progress", "priority": 1,
        "priority_words": "Urgent", "clock_state": "late", "clock_words": "Late by 12m",
        "clock_percent": 0, "assignee": None, "changed_at": NOW, **changes,
    }  # fmt: skip
    return part("queue_row", row=SimpleNamespace(**values), pick=True)[0]


def test_a_queue_row_says_everything_in_words() -> None:
    said = words(row(unread=True))
    for part_of_it in (
        "Select IT-1", "Unread", "Priority: Urgent", "会議室B", "Elif Yıldız", "Meeting rooms",
        "In progress", "Late by 12m", "Nobody yet",
    ):  # fmt: skip
        assert part_of_it in said


def test_a_queue_row_is_one_link_in_its_own_language() -> None:
    links = row().xpath(".//a")
    assert [(a.get("href"), a.get("lang")) for a in links] == [("/tickets/IT-1/", "ja")]


@pytest.mark.parametrize(("current", "marked"), [(True, "true"), (False, None)])
def test_the_open_row_is_marked(current: bool, marked: str | None) -> None:
    assert row(current=current).get("aria-current") == marked


def test_steps_say_what_is_done_and_where_we_are() -> None:
    steps = [
        SimpleNamespace(words="We have it", state="done", at=None, line="Today 09:12"),
        SimpleNamespace(words="Ayşe is on it", state="current", at=NOW, line=""),
        SimpleNamespace(words="Done", state="", at=None, line=""),
    ]
    items = part("steps", steps=steps)[0].findall("li")
    assert [li.get("aria-current") for li in items] == [None, "step", None]
    assert words(items[0]) == "We have it , done Today 09:12"


@pytest.mark.parametrize(("level", "bad"), [("error", True), ("warning", True), ("success", False)])
def test_bad_news_stays(level: str, bad: bool) -> None:
    assert ("toast-bad" in part("toast", text="x", level=level)[0].get("class")) == bad


def test_a_banner_begins_with_complete_bold_words() -> None:
    banner = part("banner", title="Printers are down.", text="Use floor 2.", kind="warn")[0]
    assert words(banner.find(".//b")) == "Printers are down."
    assert "banner-warn" in banner.get("class")


def test_an_empty_place_says_what_now() -> None:
    empty = part("empty", title="Nothing open", text="All done.", url="/ask/", action="Ask")[0]
    assert words(empty) == "Nothing open All done. Ask"


@pytest.mark.parametrize(
    ("before", "after", "links"),
    [("", "", 0), ("a=1", "", 1), ("", "a=2", 1), ("a=1", "a=2", 2)],
)
def test_pages_lead_where_there_is_something(before: str, after: str, links: int) -> None:
    tree = part("pagination", page=SimpleNamespace(before=before, after=after))
    assert len(tree.xpath(".//a")) == links


def test_an_unread_notification_says_so_to_the_ear() -> None:
    news = part("notification", url="/t/", words="Ayşe replied", at=NOW, unread=True)[0]
    assert "unread" in news.get("class")
    assert "unread" in words(news)


@pytest.mark.parametrize("count", [0, None, 7])
def test_a_rail_item_shows_a_number_only_if_it_has_one(count: int | None) -> None:
    item = SimpleNamespace(label="Mine", url="/q/", icon="inbox", count=count, key="g m")
    link = part("rail_item", item=item)[0]
    assert words(link) == ("Mine" if count is None else f"Mine {count}")
    assert link.get("data-key") == "g m"


def test_a_narrow_rail_keeps_the_names_for_the_ear() -> None:
    item = SimpleNamespace(label="Mine", url="/q/", icon="inbox", count=3)
    link = part("rail_item", item=item, slim=True)[0]
    assert link.xpath(".//span[@class='vh']/text()") == ["Mine"]
    assert link.get("title") == "Mine"


def test_suggestions_are_options_in_groups() -> None:
    option = SimpleNamespace(url="/a/", label="VPN", line="same day", icon="wifi", tag="IT")
    tree = part("combobox_options", groups=[SimpleNamespace(title="Ask", options=[option])])
    assert [o.get("href") for o in tree.xpath(".//*[@role='option']")] == ["/a/"]


def test_a_part_escapes_what_people_wrote() -> None:
    evil = "<img src=x onerror=alert(1)>"
    tree = rendered(
        '{% include "parts/person.html" with person=p line=e only %}'
        '{% include "parts/event.html" with words=e only %}'
        '{% include "parts/banner.html" with title=e text=e only %}',
        p=person(name=evil),
        e=evil,
    )
    assert not tree.xpath(".//img")
