"""The demo company, full of people and requests, as somebody meets it who tries the product."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import Chromium, barriers, darken, overflow
from tests.journeys.letterbox import Letterbox
from tests.journeys.running import Product, own_places, running
from tests.journeys.visitor import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.processes]
# The first link that fits is followed: what the demo's tickets are called is the demo's affair.
PLACES = [
    ("elif", "/", ""),
    ("elif", "/", "a.req"),
    ("elif", "/services/", "a.svc"),
    ("elif", "/people/", ""),
    ("mihai", "/desk/it/", ""),
    ("mihai", "/desk/it/", ".q-subj"),
    ("misaki", "/desk/hr/", ".q-subj"),
    ("jonas", "/figures/it/?days=90", ""),
    ("jonas", "/studio/it/", "a.kind"),
    ("andreea", "/figures/hr/", ""),
    ("sam", "/desk/outbox/", ""),
]


@pytest.fixture(scope="module")
def product(letters: Letterbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """As script/run starts it."""
    folder = tmp_path_factory.mktemp("demo")
    with (
        own_places("demo", 12) as places,
        running(Product(folder, {"EMAIL_URL": letters.url, **places}, demo=True)) as started,
    ):
        yield started


def test_somebody_of_the_demo_is_chosen_on_the_sign_in_page(chromium: Chromium) -> None:
    page = chromium.window("").open("/")
    page.get_by_role("link", name="Elif Yıldız").click()
    expect(page.get_by_label("Work e-mail")).to_have_value("elif@aldera.example")
    expect(page.get_by_text(PASSWORD)).to_be_visible()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Elif")


@pytest.mark.parametrize(("who", "path", "link"), PLACES)
def test_a_full_page_of_the_demo_has_no_barrier_and_fits_a_phone(
    chromium: Chromium, who: str, path: str, link: str
) -> None:
    page = chromium.window(who).open(path)
    if link:
        page.locator(link).first.click()
        page.wait_for_url(lambda url: url != chromium.product.address + path)
    assert barriers(page) == []
    darken(page)
    assert barriers(page, "color-contrast") == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) == 0
