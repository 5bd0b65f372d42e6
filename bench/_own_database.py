"""Importing this sets Django up in an empty database of its own, which ends with the process.

On the PostgreSQL of DATABASE_URL when that is set, else in a SQLite file. Processes that a
benchmark starts work in the same one.
"""

import atexit
import os
import shutil
import sys
import tempfile
from urllib.parse import urlsplit

import django
import psycopg2
from django.conf import settings
from django.core.management import call_command

OWNED = "HELPDESK_BENCH_DATABASE"  # Set for the processes that a benchmark starts.


def ask_server(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        connection.cursor().execute(statement)
    finally:
        connection.close()


def found_postgresql(url: str) -> str:
    """A database beside the one of the address, dropped at the end."""
    name = f"helpdesk_bench_{os.getpid()}"
    ask_server(url, f"CREATE DATABASE {name}")
    atexit.register(ask_server, url, f"DROP DATABASE {name} WITH (FORCE)")
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def found() -> None:
    folder = tempfile.mkdtemp(prefix="helpdesk-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    url = os.environ.get("DATABASE_URL", "")
    if url.startswith("postgres"):
        os.environ["DATABASE_URL"] = found_postgresql(url)
    else:
        os.environ.pop("DATABASE_URL", None)
    os.environ |= {"HELPDESK_DATA": folder, OWNED: "yes"}
    os.environ.pop("REDIS_URL", None)  # Nudges go to a folder of the same place.


def make_tables() -> None:
    """As the models say, without the history of how they came about."""
    apps = [config.label for config in django.apps.apps.get_app_configs()]
    settings.MIGRATION_MODULES = dict.fromkeys(apps)
    call_command("migrate", run_syncdb=True, verbosity=0)


os.environ["DJANGO_SETTINGS_MODULE"] = "helpdesk.settings"
IS_OURS = OWNED not in os.environ and not {"-h", "--help"} & set(sys.argv)
if IS_OURS:
    found()
django.setup()
if IS_OURS:
    make_tables()
