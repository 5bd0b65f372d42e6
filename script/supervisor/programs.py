"""The table of what runs: each program with its command and the sign that it is well."""

from supervisor import probes
from supervisor.keeper import Program
from supervisor.place import ROOT, Place

PYTHON = str(ROOT / ".venv" / "bin" / "python")


def programs(place: Place) -> list[Program]:
    """What runs, in the order it is started."""
    return [web(place), worker(place), beat(place), live(place), mail(place)]


def web(place: Place) -> Program:
    """Pages and the API, from threads: a page waits for the database, not for the processor."""

    async def answers() -> bool:
        return await probes.is_well(place.port, "/healthz")

    command = granian("wsgi", "helpdesk.wsgi:application", place.host, place.port)
    command += ["--workers", str(place.web_workers), "--blocking-threads", "8", "--no-ws"]
    return Program("web", command, answers)


def live(place: Place) -> Program:
    """The stream of hints; one loop carries all open pages."""

    async def answers() -> bool:
        return await probes.is_well(place.live_port, "/healthz")

    return Program(
        "live",
        granian("asginl", "helpdesk.asgi:application", place.host, place.live_port),
        answers,
    )


def granian(interface: str, target: str, host: str, port: int) -> list[str]:
    """A web server that lets go of open streams when it is stopped."""
    command = [PYTHON, "-m", "granian", target, "--interface", interface]
    command += ["--host", host, "--port", str(port), "--log-level", "error"]
    return [*command, "--workers-kill-timeout", "4"]


def worker(place: Place) -> Program:
    """Threads share one SQLite file well; processes use several cores with PostgreSQL."""
    pool = "prefork" if place.has_redis else "threads"
    command = [*celery("worker"), "--pool", pool, "--concurrency", str(place.worker_processes)]
    # Workers here never talk to each other; what they would say only costs time at the start.
    return Program("worker", [*command, "--without-gossip", "--without-mingle"])


def beat(place: Place) -> Program:
    """The clock; it only nudges, every due thing is a row."""
    schedule = str(place.data / "beat-schedule")
    return Program("beat", [*celery("beat"), "--schedule", schedule, "--pidfile="])


def celery(part: str) -> list[str]:
    """A Celery program of ours."""
    # The checks are the tests' business; here they would load every page into two programs.
    command = [PYTHON, "-m", "celery", "--quiet", "--skip-checks", "--app", "helpdesk", part]
    return [*command, "--loglevel", "WARNING"]


def mail(place: Place) -> Program:
    """Takes letters on this machine only; a company's mail server delivers here."""

    async def answers() -> bool:
        return await probes.greets(place.smtp_port)

    command = [PYTHON, str(ROOT / "manage.py"), "receive_smtp"]
    return Program("mail", [*command, "--port", str(place.smtp_port)], answers)
