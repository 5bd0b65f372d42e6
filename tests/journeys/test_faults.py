"""Programs are killed and brokers vanish while people ask: nothing is lost, nothing is doubled."""

import logging
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from uuid import uuid4

import pytest

from tests.journeys.broker import Broker, OwnRedis, QueueFolder
from tests.journeys.letterbox import Letterbox, open_letterbox
from tests.journeys.running import Product, own_database, running
from tests.journeys.steps import number_in
from tests.journeys.visitor import LAPTOP, Answer, Visitor

pytestmark = pytest.mark.processes
log = logging.getLogger(__name__)
SUBMISSIONS, KILLS = 50, 3
AT_ONCE = 3.0  # Seconds that nobody minds, also on a busy machine.
UNSENT = "SELECT id FROM tickets_outboundmail WHERE state NOT IN ('sent', 'failed')"


@pytest.fixture(scope="module")
def box() -> Iterator[Letterbox]:
    with open_letterbox() as letterbox:
        yield letterbox


@pytest.fixture(scope="module")
def place(
    box: Letterbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Product, Broker]]:
    """A product that may be mistreated, with a broker of its own."""
    folder = tmp_path_factory.mktemp("faults")
    has_redis = bool(os.environ.get("REDIS_URL")) and shutil.which("redis-server")
    queue = QueueFolder(folder / "data/broker/queue")
    broker: Broker = OwnRedis(folder) if has_redis else queue
    with closing(broker), own_database(f"helpdesk_faults_{os.getpid()}") as database:
        wishes = database | broker.variables() | {"EMAIL_URL": box.url}
        with running(Product(folder, wishes)) as product:
            yield product, broker


@pytest.fixture(scope="module")
def elif_(place: tuple[Product, Broker]) -> Visitor:
    return Visitor(place[0].address).sign_in("elif")


def submit(visitor: Visitor, summary: str, meanwhile: Callable[[int], None]) -> list[str]:
    """Fifty requests, one after the other; the numbers they got."""
    form, numbers = visitor.form_for_a_laptop(), []
    for turn in range(SUBMISSIONS):
        meanwhile(turn)
        started = time.monotonic()
        answer = visitor.post(LAPTOP, form | {"summary": f"{summary} {turn}", "key": str(uuid4())})
        assert time.monotonic() - started < AT_ONCE
        assert answer.status == 302, answer.body
        numbers.append(number_in(answer.location))
    return numbers


def tickets_about(product: Product, summary: str) -> Counter[str]:
    rows = product.rows("SELECT summary FROM tickets_ticket")
    return Counter(str(row[0]) for row in rows if str(row[0]).startswith(summary))


def acknowledgements(box: Letterbox, numbers: list[str]) -> dict[str, list[str]]:
    """The Message-IDs under which each request was acknowledged to the mail server."""
    found: dict[str, list[str]] = {number: [] for number in numbers}
    for letter in list(box.letters):
        number = number_in(f"{letter['Subject']} NONE-0")
        if letter["Auto-Submitted"] == "auto-replied" and number in found:
            found[number].append(str(letter["Message-ID"]))
    return found


def wait_until_acknowledged(product: Product, box: Letterbox, numbers: list[str]) -> None:
    product.wait_for(lambda: all(acknowledgements(box, numbers).values()))
    product.wait_for(lambda: not product.rows(UNSENT))


def test_a_killed_worker_loses_and_doubles_nothing(
    place: tuple[Product, Broker], box: Letterbox, elif_: Visitor
) -> None:
    product, _broker = place
    moments = random.sample(range(3, SUBMISSIONS), KILLS)
    log.info("the worker is killed before submissions %s", moments)

    def kill(turn: int) -> None:
        if turn in moments and (pid := product.pid_of("--app helpdesk worker")):
            os.killpg(pid, signal.SIGKILL)

    numbers = submit(elif_, "Killed", kill)
    wait_until_acknowledged(product, box, numbers)
    assert set(tickets_about(product, "Killed").values()) == {1}
    assert len(set(numbers)) == SUBMISSIONS
    ids = acknowledgements(box, numbers)
    assert all(len(set(one)) == 1 for one in ids.values())
    # Who dies between the server's “250” and our commit sends the same letter once more.
    assert sum(len(one) - 1 for one in ids.values()) <= KILLS


def test_requests_are_taken_while_the_broker_is_away_and_worked_off_later(
    place: tuple[Product, Broker], box: Letterbox, elif_: Visitor
) -> None:
    product, broker = place
    broker.take_away()
    try:
        numbers = submit(elif_, "Unheard", lambda _turn: None)
    finally:
        broker.bring_back()
    wait_until_acknowledged(product, box, numbers)
    assert set(tickets_about(product, "Unheard").values()) == {1}
    assert all(len(one) == 1 for one in acknowledgements(box, numbers).values())


def at_once(calls: list[Callable[[], Answer]]) -> list[Answer]:
    """All of them in the same moment."""
    together = Barrier(len(calls))

    def call(one: Callable[[], Answer]) -> Answer:
        together.wait(20)
        return one()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


def test_twenty_presses_of_one_button_make_one_request(
    place: tuple[Product, Broker], elif_: Visitor
) -> None:
    form = elif_.form_for_a_laptop() | {"summary": "Pressed often"}
    answers = at_once([lambda: elif_.post(LAPTOP, form)] * 20)
    assert {answer.status for answer in answers} == {302}
    assert len({answer.location for answer in answers}) == 1
    assert tickets_about(place[0], "Pressed often") == {"Pressed often": 1}


@pytest.mark.parametrize("turn", range(3))
def test_of_two_agents_who_take_a_request_at_once_one_has_it_and_the_other_is_told(
    place: tuple[Product, Broker], elif_: Visitor, turn: int
) -> None:
    number = number_in(elif_.ask(f"Wanted by two {turn}").location)
    page, take = f"/tickets/{number}/", f"/tickets/{number}/assign/"
    agents = [Visitor(place[0].address).sign_in(name) for name in ("mihai", "jonas")]
    forms = [agent.get(page).form(take) for agent in agents]
    first, second = at_once(
        [lambda: agents[0].post(take, forms[0]), lambda: agents[1].post(take, forms[1])]
    )
    assert {first.status, second.status} == {302, 422}
    loser, winner = (second, "Mihai") if first.status == 302 else (first, "Jonas")
    assert winner in loser.body
