"""Bodies that exist only as HTML: their words, and the author's among them."""

import time

import pytest

from tests.mail.mails import letter
from tickets.mail.letter import Letter

WORDS = "<div>The printer is still dead.</div>"
OLD = "We look into it."
CONTAINERS = {
    "Gmail": f'<div class="gmail_quote"><div class="gmail_attr">On Sun, Nov 22, 2026 at 2:05 PM'
    f" Support &lt;<a href='mailto:a@b.cd'>a@b.cd</a>&gt; wrote:<br></div><blockquote>{OLD}"
    "</blockquote></div>",
    "Outlook on the web": '<hr><div id="divRplyFwdMsg"><b>From:</b> Support &lt;a@b.cd&gt;<br>'
    f"<b>Sent:</b> Sunday<br><b>Subject:</b> x</div><div>{OLD}</div>",
    "Outlook": '<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>Von:</b> Support '
    "&lt;a@b.cd&gt;<br><b>Gesendet:</b> Sonntag<br><b>An:</b> Elif<br><b>Betreff:</b> x</p></div>"
    f"<p>{OLD}</p>",
    "Apple": f"<br><div><blockquote type='cite'><div>On Nov 22, 2026, at 14:05, X &lt;a@b.cd&gt;"
    f" wrote:</div><div>{OLD}</div></blockquote></div>",
    "Thunderbird": '<div class="moz-cite-prefix">Am 22.11.26 um 14:05 schrieb Support:<br></div>'
    f"<blockquote type='cite'>{OLD}</blockquote>",
    "Yahoo": f'<div id="yahoo_quoted_1" class="yahoo_quoted"><div>On Sunday, X wrote:</div>{OLD}'
    "</div>",
    "Proton": f'<div class="protonmail_quote">On Sunday, X wrote:<blockquote>{OLD}</blockquote>'
    "</div>",
}


def page(html: str) -> Letter:
    return letter("Content-Type: text/html; charset=utf-8", f"<html><body>{html}</body></html>")


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_quoted_containers_are_folded_away(container: str) -> None:
    found = page(WORDS + container)
    assert found.reply_text == "The printer is still dead."
    assert OLD in found.text


def test_answers_between_quotations_all_stay() -> None:
    found = page("<blockquote>Which?</blockquote>The red.<blockquote>Where?</blockquote>Upstairs.")
    assert found.reply_text.split() == ["The", "red.", "Upstairs."]


def test_a_mail_that_is_only_a_quotation_stays_whole() -> None:
    assert page(CONTAINERS["Gmail"]).reply_text


def test_words_come_out_of_markup() -> None:
    found = page("<p>a&amp;b &lt;c&gt;</p><ul><li>one<li>two</ul><table><tr><td>x<td>y</table>")
    assert found.text.split() == ["a&b", "<c>", "*", "one", "*", "two", "x", "y"]


@pytest.mark.parametrize(
    "unseen",
    [
        "<script>alert(1)</script>",
        "<style>p { color: red }</style>",
        "<!-- comment -->",
        "<div style='Display: none'>preview</div>",
        "<template>x</template>",
        "<title>title</title>",
    ],
)
def test_what_nobody_sees_is_no_text(unseen: str) -> None:
    assert page(f"<p>Hello</p>{unseen}").text == "Hello"


def test_the_html_itself_is_kept_as_it_came() -> None:
    assert "<script>" in page("<script>alert(1)</script>").html


HOSTILE = {
    "deep": "<div>" * 100_000 + "x",
    "tables": "<table><tr><td>" * 20_000 + "x",
    "cells": "<table><tr>" + "<td>a" * 10_000,
    "wide cells": "<table><tr><td>" + "a" * 200_000 + "</td></tr>" + "<tr><td>b</td></tr>" * 2_000,
    "margins": "<div style='margin-left:99999px;padding-left:99999em'>x" * 100,
    "heights": "<p style='margin-top:99999999em'>x</p>" * 100,
    "columns": "<table><tr><td colspan='99999999' rowspan='9999999'>x<td width=99999999>y",
    "brackets": "<" * 500_000,
    "comments": "<!--" * 100_000,
    "entities": "&amp;" * 100_000,
    "attributes": "<a " + "b=c " * 100_000 + ">x",
    "lists": "<ul><li>" * 90 + "<ol start='99999999999999'><li>x",
}


@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE)
def test_hostile_markup_costs_little(html: str) -> None:
    start = time.process_time()
    found = page(html)
    assert time.process_time() - start < 5
    assert not [each for each in found.defects if "could not be read" in each]
