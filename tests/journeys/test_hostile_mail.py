"""A letter full of tricks, opened in a real browser by those who must read it."""

from email.message import EmailMessage
from email.utils import make_msgid

import pytest
from playwright.sync_api import expect

from tests.journeys import steps
from tests.journeys.browser import Chromium, Watched
from tests.journeys.running import Product

pytestmark = [pytest.mark.browser, pytest.mark.processes]
FAR = "http://tracker.example"
TRICKS = f"""
<html><head><meta http-equiv="refresh" content="0;url={FAR}/meta"><base href="{FAR}/">
<link rel="stylesheet" href="{FAR}/a.css"><style>body {{ display: none }}
@import url({FAR}/b.css); .page {{ background: url({FAR}/c.png) }}</style>
<script>window.__x = 'head'</script></head>
<body onload="window.__x = 'load'" background="{FAR}/d.png">
<p>The printer is <b>on fire</b>.</p>
<script>window.__x = 'script'; alert(1)</script>
<img src="x" onerror="window.__x = 'error'; alert(2)"><img src="{FAR}/pixel.gif" width="1">
<img srcset="{FAR}/set.png 1x"><picture><source srcset="{FAR}/source.png"></picture>
<svg onload="window.__x = 'svg'"><script>window.__x = 'svg script'</script>
<image href="{FAR}/svg.png"/><a xlink:href="javascript:window.__x = 'xlink'"><text>press</text></a>
</svg><math><mtext><img src=x onerror="window.__x = 'math'"></mtext></math>
<a id="trap" href="javascript:window.__x = 'link'">press me</a>
<a href="  java&#10;script:window.__x = 'split'">and me</a>
<a href="data:text/html,<script>window.__x=1</script>">data</a>
<div style="position:fixed;inset:0;background:url({FAR}/e.png);z-index:9999">over all</div>
<form action="{FAR}/steal"><input name="password" autofocus onfocus="window.__x = 'focus'">
<button>Sign in again</button></form>
<iframe src="{FAR}/frame" srcdoc="<script>parent.__x = 'frame'</script>"></iframe>
<video src="{FAR}/v.mp4" autoplay onerror="window.__x = 'video'"></video>
<object data="{FAR}/o"></object><embed src="{FAR}/em"><details open ontoggle="window.__x = 't'">
<table background="{FAR}/t.png"><tr><td onmouseover="window.__x = 'over'">cell</td></tr></table>
<noscript><p title="</noscript><img src=x onerror=window.__x='mxss'>"></noscript>
<template><script>window.__x = 'template'</script></template>
</body></html>"""


def send(product: Product, subject: str) -> None:
    """From a known employee, so that it becomes a ticket."""
    letter = EmailMessage()
    letter["From"] = '"Elif <script>window.__x=1</script>" <elif@aldera.example>'
    letter["To"], letter["Subject"] = "it@aldera.example", subject
    letter["Message-ID"] = make_msgid()
    letter.set_content("The printer is on fire.")
    letter.add_alternative(TRICKS, subtype="html")
    drawing = b"<svg xmlns='http://www.w3.org/2000/svg' onload='window.__x=1'/>"
    letter.add_attachment(drawing, maintype="image", subtype="svg+xml", filename="a<b>.svg")
    steps.hand_in(product, letter)


def number_of(product: Product, words: str) -> str:
    """The number of the ticket whose summary has these words, as soon as it is there."""

    def found() -> list[str]:
        rows = product.rows("SELECT number, summary FROM tickets_ticket")
        return [str(number) for number, summary in rows if words in str(summary)]

    product.wait_for(found)
    return found()[0]


def check_harmless(reader: Watched) -> None:
    page, thread = reader.page, reader.page.locator(".thread")
    expect(thread).to_contain_text("The printer is on fire.")
    for link in thread.get_by_role("link").all():
        assert (link.get_attribute("href") or "/files/").startswith("/files/")
    for trick in ("form", "iframe", "object", "embed", "video", "style", "script", "[onerror]"):
        assert thread.locator(f".msg-body {trick}").count() == 0, trick
    page.mouse.move(400, 400)
    page.mouse.wheel(0, 2000)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("typeof window.__x") == "undefined"


@pytest.mark.parametrize(("who", "place"), [("mihai", "/tickets/"), ("elif", "/requests/")])
def test_tricks_in_a_letter_do_nothing_to_its_readers(
    chromium: Chromium, product: Product, who: str, place: str
) -> None:
    subject = f"Fire, says {who} <img src=x onerror=window.__x=1>"
    send(product, subject)
    reader = chromium.window(who)
    reader.open(f"{place}{number_of(product, f'Fire, says {who}')}/")
    check_harmless(reader)


def test_a_drawing_from_a_letter_is_handed_out_as_a_file_and_never_shown(
    chromium: Chromium, product: Product
) -> None:
    send(product, "Fire, with a drawing")
    mihai = chromium.window("mihai")
    page = mihai.open(f"/tickets/{number_of(product, 'Fire, with a drawing')}/")
    with page.expect_download() as started:
        page.locator(".thread a[href^='/files/']").first.click()
    assert started.value.suggested_filename.endswith(".svg")
    assert page.evaluate("typeof window.__x") == "undefined"
