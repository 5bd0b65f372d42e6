"""What our scripts do for the hands, in a real Chromium."""

import json
import os
import re
from collections.abc import Iterator
from types import SimpleNamespace
from urllib.parse import parse_qsl

import pytest
from django import forms
from playwright.sync_api import FilePayload, Page

from tests.frontend.browser import CHROMIUM, Site, site
from tests.frontend.page import source

pytestmark = [
    pytest.mark.once,
    pytest.mark.urls("tests.frontend.urls"),
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine"),
]

FORM = '<form method="post" action="/send/">'
LATE_NEWS = """
window.EventSource = class extends EventTarget {
  constructor() { super(); window.live = this; }
  close() {}
};"""


class Choice(forms.Form):
    """A searchable select and a drop zone, as the form renderer draws them."""

    kind = forms.ChoiceField(
        choices=[
            ("", "Choose one"),
            ("Power", [("1", "Battery or charging"), ("2", "Does not start")]),
            ("Diğer", [("3", "Işık yanmıyor")]),
        ],
        widget=forms.Select(attrs={"data-combobox-select": True}),
    )


class Papers(forms.Form):
    """A drop zone with narrow limits."""

    papers = forms.FileField(
        widget=forms.FileInput(
            attrs={"data-max-bytes": 1000, "data-max-files": 2, "data-types": ".txt .png"}
        )
    )


def choice() -> str:
    return f"{FORM}{Choice()}</form><button>Next</button>"


def files() -> str:
    # What a field for several files adds to its widget.
    return f"{FORM}{Papers()}</form>".replace('type="file"', 'type="file" multiple')


def composer() -> str:
    return source(
        "composer",
        url="/send/",
        field_name="body",
        label="Reply to Elif",
        note_label="Internal note",
        send="Send",
        note_send="Add note",
        draft_url="/draft/",
        files_name="files",
        ways=[{"value": "resolved", "label": "Solve", "solve": True}],
    )


def queue() -> str:
    rows = "".join(
        f'<li class="q-row"><input class="q-sel" type="checkbox" value="{n}">'
        f'<a class="q-subj" href="/t/{n}">Ticket {n}</a></li>'
        for n in (1, 2, 3)
    )
    return f'<ul class="q">{rows}</ul><div class="bulk" hidden><b data-count></b></div>'


def multipart(data: str) -> dict[str, str]:
    """The words of a form that may carry files."""
    return dict(re.findall(r'name="(\w+)"\r\n\r\n(.*?)\r\n--', data, re.DOTALL))


def words_of(data: str) -> dict[str, str]:
    """What a form sent, without its token."""
    return {k: v for k, v in parse_qsl(data) if k != "csrfmiddlewaretoken"}


@pytest.fixture(scope="module")
def shared_site() -> Iterator[Site]:
    # Playwright runs an event loop in this thread; Django must not take our calls for async ones.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with site() as made:
        yield made


@pytest.fixture
def web(shared_site: Site) -> Iterator[Site]:
    shared_site.answers.clear()
    shared_site.asked.clear()
    yield shared_site
    assert not shared_site.complaints


def test_a_select_becomes_searchable_and_keeps_its_value(web: Site) -> None:
    page = web.open(choice())
    field = page.get_by_role("combobox", name="Kind")
    field.fill("charg")
    assert page.get_by_role("option").all_text_contents() == ["Battery or charging"]
    field.press("Enter")
    assert field.input_value() == "Battery or charging"
    assert page.locator("select").input_value() == "1"
    assert field.get_attribute("aria-expanded") == "false"


@pytest.mark.parametrize("typed", ["isik", "IŞIK", "yanmıyor"])
def test_searching_forgives_case_and_marks(web: Site, typed: str) -> None:
    page = web.open(choice())
    page.get_by_role("combobox").fill(typed)
    assert page.get_by_role("option").all_text_contents() == ["Işık yanmıyor"]


def test_no_result_is_said(web: Site) -> None:
    page = web.open(choice())
    page.get_by_role("combobox").fill("zzz")
    assert page.get_by_role("option").count() == 0
    assert page.get_by_role("status").text_content() == "Nothing found. Try another word."


def test_leaving_a_searched_select_restores_the_last_choice(web: Site) -> None:
    page = web.open(choice())
    field = page.get_by_role("combobox")
    field.press("ArrowDown")
    field.press("ArrowDown")
    field.press("Enter")
    field.fill("nonsense")
    field.press("Tab")
    assert field.input_value() == "Does not start"


def test_words_half_typed_in_japanese_ask_nothing(web: Site) -> None:
    page = web.open(choice())
    field = page.get_by_role("combobox")
    field.focus()
    page.evaluate(
        """() => { const i = document.activeElement;
        i.dispatchEvent(new CompositionEvent('compositionstart'));
        i.value = 'ｓ'; i.dispatchEvent(new InputEvent('input')); }"""
    )
    assert field.get_attribute("aria-expanded") == "false"


def test_suggestions_come_from_the_server_after_a_pause(web: Site) -> None:
    web.answers["/suggest/"] = lambda r: (200, f'<a role="option" href="/a/">{r.url[-3:]}</a>')
    web.answers["/a/"] = lambda _: (200, "found")
    page = web.open(
        '<form role="search" data-combobox data-quiet data-source="/suggest/?q=">'
        '<input role="combobox" aria-controls="l" aria-expanded="false" name="q">'
        '<div id="l" role="listbox" hidden></div></form>'
    )
    page.get_by_role("combobox").press_sequentially("vpn", delay=20)
    page.get_by_role("option", name="vpn").wait_for()
    assert len(web.asked) == 2  # the page, and one question for three letters
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/a/")


def test_earlier_files_stay_when_more_are_chosen(web: Site) -> None:
    page = web.open(files())
    for name in ("a.txt", "b.png"):
        page.locator("#id_papers").set_input_files({"name": name, "mimeType": "", "buffer": b"x"})
    names = page.evaluate("[...document.getElementById('id_papers').files].map(f => f.name)")
    assert names == ["a.txt", "b.png"]
    page.get_by_role("button", name="Remove a.txt").click()
    assert page.evaluate("document.getElementById('id_papers').files.length") == 1


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("a.exe", 1, "We cannot take a.exe. Try a picture, a PDF or a document."),
        ("a.txt", 2000, "a.txt is larger than 1 kB. Send a smaller copy or a link."),
    ],
)
def test_a_file_that_does_not_fit_is_refused_kindly(
    web: Site, name: str, size: int, words: str
) -> None:
    page = web.open(files())
    page.locator("#id_papers").set_input_files(
        {"name": name, "mimeType": "", "buffer": b"x" * size}
    )
    assert page.locator(".file-bad").text_content() == words
    assert page.evaluate("document.getElementById('id_papers').files.length") == 0


def test_one_file_too_many_is_refused_kindly(web: Site) -> None:
    page = web.open(files())
    page.locator("#id_papers").set_input_files(
        [FilePayload(name=f"{n}.txt", mimeType="", buffer=b"x" * n) for n in (1, 2, 3)]
    )
    assert page.locator(".file-bad").text_content() == "3.txt is one too many: 2 files fit."


def test_note_mode_changes_the_label_and_the_button(web: Site) -> None:
    page = web.open(composer())
    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.id") == "composer"
    assert page.locator("textarea").get_attribute("aria-label") == "Internal note"
    assert page.locator("[data-send]").inner_text() == "Add note"


@pytest.mark.parametrize(
    ("keys", "then"), [("Control+Enter", None), ("Control+Shift+Enter", "resolved")]
)
def test_the_keyboard_sends(web: Site, keys: str, then: str | None) -> None:
    web.answers["/send/"] = lambda _: (200, "sent")
    page = web.open(composer())
    page.locator("textarea").fill("hello")
    page.keyboard.press(keys)
    page.wait_for_url("**/send/")
    (sent,) = map(multipart, web.sent_to("/send/"))
    assert (sent["body"], sent.get("then")) == ("hello", then)


def test_a_note_is_never_sent_as_a_solution(web: Site) -> None:
    page = web.open(composer())
    page.keyboard.press("n")
    page.keyboard.type("internal")
    page.keyboard.press("Control+Shift+Enter")
    page.wait_for_timeout(200)
    assert not web.sent_to("/send/")


def test_a_draft_is_saved_after_a_pause(web: Site) -> None:
    web.answers["/draft/"] = lambda _: (200, "")
    page = web.open(composer())
    page.locator("textarea").press_sequentially("hey")
    page.locator("#composer-saved", has_text="Saved").wait_for()
    sent = [words_of(data) for data in web.sent_to("/draft/")]
    assert sent == [{"kind": "public", "body": "hey"}]


def test_a_draft_that_cannot_be_saved_says_so(web: Site) -> None:
    web.answers["/draft/"] = lambda _: (500, "")
    page = web.open(composer())
    page.locator("textarea").fill("hey")
    page.locator("#composer-saved", has_text="Not saved").wait_for()


def test_what_is_sent_is_no_draft_any_more(web: Site) -> None:
    web.answers["/send/"] = lambda _: (200, "sent")
    page = web.open(composer())
    page.locator("textarea").fill("hello")
    page.locator("[data-send]").click()
    page.wait_for_url("**/send/")
    assert not web.sent_to("/draft/")


def test_leaving_the_page_saves_the_last_words(web: Site) -> None:
    web.answers["/draft/"] = lambda _: (200, "")
    page = web.open(composer())
    page.locator("textarea").fill("almost lost")
    with page.expect_request("**/draft/"):
        page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")


def test_a_double_click_sends_once(web: Site) -> None:
    page = web.open(FORM + '<button name="a" value="1">Send</button></form>')
    page.evaluate(
        """() => { window.stopped = []; addEventListener('submit', (e) => {
        window.stopped.push(e.defaultPrevented); e.preventDefault(); }); }"""
    )
    page.get_by_role("button").dblclick()
    assert page.evaluate("window.stopped") == [False, True]


def test_a_hint_refreshes_only_what_it_names(web: Site) -> None:
    web.answers["/rows/"] = lambda _: (200, '<input name="t" value="1" type="checkbox"> new rows')
    web.page.add_init_script(LATE_NEWS)
    page = web.open(
        '<div id="a" data-live="desk:it" data-live-src="/rows/">'
        '<input name="t" value="1" type="checkbox"> old</div>'
        '<div id="b" data-live="desk:hr" data-live-src="/rows/">old</div>',
        body_attributes='data-live-url="/live/"',
    )
    page.wait_for_function("window.live")
    page.locator("input").check()
    hint(page, topics=["desk:it"], ticket="IT-1")
    page.locator("#a", has_text="new rows").wait_for()
    assert page.locator("#b").text_content() == "old"
    assert page.locator("input").is_checked()


def test_a_hint_never_touches_what_somebody_writes(web: Site) -> None:
    web.answers["/part/"] = lambda _: (200, "new")
    web.page.add_init_script(LATE_NEWS)
    page = web.open(
        '<div data-live="ticket:IT-1" data-live-src="/part/"><textarea></textarea></div>',
        body_attributes='data-live-url="/live/"',
    )
    page.wait_for_function("window.live")
    page.locator("textarea").fill("mine")
    hint(page, topics=[], ticket="IT-1")
    page.wait_for_timeout(600)
    assert page.locator("textarea").input_value() == "mine"


def hint(page: Page, **said: object) -> None:
    page.evaluate(
        "(data) => window.live.dispatchEvent(new MessageEvent('hint', { data }))",
        json.dumps(said),
    )


def test_j_and_k_walk_through_the_queue(web: Site) -> None:
    page = web.open(queue())
    for key in ("j", "j", "k", "j", "x"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.textContent") == "Ticket 2"
    assert page.locator(".q-sel:checked").get_attribute("value") == "2"
    assert page.locator(".bulk").text_content() == "1"


def test_keys_in_a_row_go_somewhere(web: Site) -> None:
    web.answers["/mine/"] = lambda _: (200, "mine")
    page = web.open('<a href="/mine/" data-key="g m">My tickets</a>')
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url("**/mine/")


@pytest.mark.parametrize("where", ["switched off in the profile", "inside a field"])
def test_single_keys_rest(web: Site, where: str) -> None:
    off = 'data-single-keys="off"' if "profile" in where else ""
    page = web.open('<input id="i"><a href="/mine/" data-key="m">Mine</a>', off)
    if not off:
        page.locator("#i").focus()
    page.keyboard.press("m")
    assert page.url.endswith("/")
    assert len(web.asked) == 1


def test_the_palette_runs_what_stands_on_the_page(web: Site) -> None:
    web.answers["/suggest/"] = lambda _: (200, "")
    page = web.open(
        '<button type="button" data-key="i">Assign to me</button>' + source("palette", rail=None)
    )
    page.evaluate(
        """document.querySelector('[data-key]').addEventListener('click',
        () => { document.title = 'done'; })"""
    )
    page.keyboard.press("Control+k")
    page.keyboard.type("assign")
    assert page.get_by_role("option").all_text_contents() == ["Assign to meI"]
    page.keyboard.press("Enter")
    assert page.title() == "done"
    assert not page.locator("dialog").is_visible()


def test_after_a_refused_form_the_focus_is_on_what_is_wrong(web: Site) -> None:
    page = web.open('<div data-error-summary tabindex="-1"><a href="#x">x</a></div><input id="x">')
    page.wait_for_function("document.activeElement.hasAttribute('data-error-summary')")


def test_a_menu_closes_on_escape_and_gives_the_focus_back(web: Site) -> None:
    page = web.open(
        '<details class="pop"><summary>Me</summary>'
        '<div class="menu"><a href="/x/">x</a></div></details>'
    )
    page.get_by_text("Me").click()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert page.locator("details").get_attribute("open") is None
    assert page.evaluate("document.activeElement.textContent") == "Me"


def test_a_toast_is_heard_and_can_be_closed(web: Site) -> None:
    page = web.open(source("toasts", messages=[SimpleNamespace(level_tag="error")]))
    page.get_by_role("button", name="Close").click()
    assert page.locator(".toast").count() == 0
