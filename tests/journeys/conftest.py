"""The running product, Chromium, and what is kept of a failed test."""

import re
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.journeys.browser import CHROMIUM, Chromium, start_chromium
from tests.journeys.letterbox import Letterbox, open_letterbox
from tests.journeys.running import ROOT, Product, own_places, running

RESULTS = ROOT / "test-results"
HERE = Path(__file__).parent
FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One product for all journeys: with --dist loadgroup they stay on one worker."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("journeys"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="package")
def letters() -> Iterator[Letterbox]:
    """The company's mail server, which outlives the product."""
    with open_letterbox() as letterbox:
        yield letterbox


@pytest.fixture(scope="package")
def product(letters: Letterbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The whole product with the cast in it, on the database and broker of the environment."""
    folder = tmp_path_factory.mktemp("product")
    with (
        own_places("journeys", 9) as places,
        running(Product(folder, {"EMAIL_URL": letters.url, **places})) as started,
    ):
        yield started


@pytest.fixture(scope="module")
def browser_program(product: Product) -> Iterator[Chromium]:
    # Not for longer than a module: while it runs, Django takes this thread for an event loop.
    if not CHROMIUM.exists():
        pytest.skip("no Chromium on this machine")
    with start_chromium(product) as started:
        yield started


@pytest.fixture
def chromium(
    browser_program: Chromium, product: Product, request: pytest.FixtureRequest
) -> Iterator[Chromium]:
    """Windows for this test; no page in them may complain."""
    yield browser_program
    complaints = browser_program.complaints()
    failed = request.node.stash.get(FAILED, False)
    if failed or complaints:
        keep(request.node.name, browser_program, product)
    browser_program.close_windows()
    assert failed or not complaints, "\n".join(complaints)


def keep(test: str, chromium: Chromium, product: Product) -> None:
    """Pictures of all windows and the product's log, beside the name of the test."""
    folder = RESULTS / re.sub(r"\W+", "-", test)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(product.log, folder / "product.log")
    chromium.keep_pictures(folder)
