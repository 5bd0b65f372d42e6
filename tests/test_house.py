"""The laws of the house that imports alone cannot show; each refusal names file and line."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import quantiles

import pytest
from django.apps import apps

from tickets.events import SENTENCES, Kind

ROOT = Path(__file__).resolve().parents[1]
STAIRS = ["departments", "knowledge_base", "tickets", "metrics"]  # from the ground up
DOORS = {"urls", "views", "api", "admin", "tasks", "management"}

# Who may change rows, and why. A place is a room of any app or the name of one module.
WRITERS = {
    "actions": "changes that somebody wanted",
    "reactions": "what follows from an event leaves rows of its own",
    "admin": "Django's own pages for administrators",
    "tickets.events": "records and claims events",
    "tickets.sla": "settles clocks inside the transactions of the actions",
    "tickets.mail": "keeps letters before anything can go wrong with them",
    "metrics.tasks": "rolls figures up",
    "metrics.rollup": "rolls figures up",
    "helpdesk.demo": "founds the demo company, which nobody asked for by an action",
}
WRITES = {"save", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
KEYWORD_WRITES = {"create", "update"}  # a dictionary's update takes a mapping, a queryset's names
# Tools of the ground that know requests or the API, and why.
HTTP_TOOLS = {
    "helpdesk.lib.api_errors": "gives every refusal of the API its one shape",
    "helpdesk.lib.paging": "one way of paging for the APIs of all apps",
}
# Conditional updates that exactly one worker wins, and what Django asks of a user model.
CLAIMS = re.compile("claim|release|create_superuser")

MODULE_LIMIT, MODULE_USUAL = 400, 250
FUNCTION_LIMIT, FUNCTION_USUAL = 50, 25
SCRIPT_LIMIT, SCRIPTS_LIMIT = 150, 3000
VAGUE = {"utils", "util", "common", "core", "helpers", "helper", "misc"}
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file of ours with its place in the house."""

    path: Path
    tree: ast.Module

    @property
    def module(self) -> str:
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(part for part in parts if part != "__init__")

    @property
    def room(self) -> str:
        return [*self.module.split("."), ""][1]

    @property
    def lines(self) -> int:
        return len(self.path.read_text().splitlines())

    def is_in(self, places: Iterable[str]) -> bool:
        return any(f"{self.module}.".startswith(f"{p}.") or self.room == p for p in places)

    def at(self, node: ast.AST) -> str:
        return f"{self.path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"

    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def imports(self) -> Iterator[tuple[ast.stmt, str]]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node, node.module or ""


def read(folders: Iterable[str]) -> list[Source]:
    paths = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return [
        Source(path, ast.parse(path.read_text()))
        for path in paths
        if "migrations" not in path.parts
    ]


@cache
def sources() -> list[Source]:
    """The code of the product."""
    return read([*STAIRS, "helpdesk"])


@cache
def tools() -> list[Source]:
    """The code around the product."""
    return read(["script", "deploy", "bench"])


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def files(pattern: str, *folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob(pattern))]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


# --- Rows ---------------------------------------------------------------------------------------


def test_relations_of_models_point_down_the_stairs() -> None:
    upwards = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if not field.auto_created and model._meta.app_label in STAIRS
        for target in [getattr(field.related_model, "_meta", None)]
        if target is not None
        and target.app_label in STAIRS
        and STAIRS.index(target.app_label) > STAIRS.index(model._meta.app_label)
    ]
    assert not upwards


def writes(node: ast.AST) -> bool:
    """Whether this calls a word of the ORM that changes rows."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    word = node.func.attr.removeprefix("a") if node.func.attr[1:] in WRITES else node.func.attr
    only_names = bool(node.keywords) and not node.args
    return word in WRITES or (word in KEYWORD_WRITES and only_names)


def claims(source: Source) -> set[ast.AST]:
    """Every node inside a function of a model that is named as a claim."""
    named = [function for function in source.functions() if CLAIMS.search(function.name)]
    return {node for function in named for node in ast.walk(function)}


def test_rows_are_changed_only_where_changes_live() -> None:
    found = [
        source.at(node)
        for source in sources()
        if not source.is_in(WRITERS) and "management" not in source.path.parts
        for node in ast.walk(source.tree)
        if writes(node) and not (source.room == "models" and node in claims(source))
    ]
    assert not found


@pytest.mark.parametrize("code", ["row.save()", "rows.delete()", "rows.update(a=1)", "x.asave()"])
def test_the_law_of_writes_sees_a_write(code: str) -> None:
    assert any(writes(node) for node in ast.walk(ast.parse(code)))


@pytest.mark.parametrize("code", ["words.update(more)", "digest.update(b'')", "forms.create(1)"])
def test_the_law_of_writes_leaves_other_words_alone(code: str) -> None:
    assert not any(writes(node) for node in ast.walk(ast.parse(code)))


def test_models_do_not_change_how_saving_works() -> None:
    overrides = [
        source.at(function)
        for source in sources()
        if source.room == "models"
        for function in source.functions()
        if function.name in {"save", "delete"}
    ]
    assert not overrides


# --- Doors --------------------------------------------------------------------------------------


def imported_outside(modules: set[str], is_allowed: Callable[[Source], bool]) -> list[str]:
    return [
        f"{source.at(node)} imports {name}"
        for source in sources()
        if not is_allowed(source)
        for node, name in source.imports()
        if any(f"{name}.".startswith(f"{module}.") for module in modules)
    ]


def is_a_door(source: Source) -> bool:
    """Doors of the apps, the roof, and few tools of the ground."""
    is_roof = source.module.startswith("helpdesk.") and source.room != "lib"
    return is_roof or source.is_in({*DOORS, *HTTP_TOOLS})


def test_requests_and_responses_stay_at_the_doors() -> None:
    assert not imported_outside({"django.http", "django.shortcuts", "rest_framework"}, is_a_door)


def test_celery_is_known_in_three_places_only() -> None:
    allowed = {"tasks", "helpdesk.celery", "helpdesk.lib.background"}
    unknown = imported_outside(
        {"celery", "kombu"}, lambda source: source.is_in(allowed) or source.module == "helpdesk"
    )
    assert not unknown


def test_nothing_listens_to_signals_but_the_worker_to_its_own() -> None:
    found = [
        source.at(node)
        for source in sources()
        if source.module != "helpdesk.celery"
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.Attribute) and node.attr == "connect")
        or (isinstance(node, ast.ImportFrom) and node.module in {"django.dispatch", "blinker"})
    ]
    assert not found


def test_views_are_short() -> None:
    long = [
        f"{source.at(function)} {function.name} has {length(function)} lines"
        for source in sources()
        if source.room == "views"
        for function in source.functions()
        if length(function) > FUNCTION_USUAL
    ]
    assert not long


# --- Files --------------------------------------------------------------------------------------


def test_no_import_hides_in_a_function() -> None:
    hidden = [
        source.at(node)
        for source in [*sources(), *tools()]
        if source.path.name != "apps.py"
        for function in source.functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not hidden


def test_no_module_is_too_long() -> None:
    sizes = {source.module: source.lines for source in sources()}
    assert not {name: size for name, size in sizes.items() if size > MODULE_LIMIT}
    assert quantiles(sizes.values(), n=10)[-1] <= MODULE_USUAL


def test_no_function_is_too_long() -> None:
    sizes = {
        f"{source.at(function)} {function.name}": length(function)
        for source in sources()
        for function in source.functions()
    }
    assert not {name: size for name, size in sizes.items() if size > FUNCTION_LIMIT}
    assert quantiles(sizes.values(), n=10)[-1] <= FUNCTION_USUAL


def test_every_module_opens_with_a_sentence() -> None:
    silent = [
        name_of(source.path)
        for source in [*sources(), *tools()]
        if source.tree.body and not ast.get_docstring(source.tree)
    ]
    assert not silent


def test_no_room_has_a_name_that_says_nothing() -> None:
    vague = [source.module for source in sources() if VAGUE & set(source.module.split("."))]
    # "Service" is the business noun, what a department publishes; the verbs' room is actions.
    assert not vague + [source.module for source in sources() if source.room == "services"]


def test_nothing_is_left_for_later() -> None:
    ours = [
        path
        for ending in ("py", "html", "txt", "js", "css", "md", "sh")
        for path in files(
            f"*.{ending}",
            *STAIRS,
            "helpdesk",
            "templates",
            "static",
            "docs",
            "tests",
            "script",
            "deploy",
            "bench",
        )
    ]
    assert not [name_of(path) for path in ours if UNFINISHED.search(path.read_text())]


# --- Pages --------------------------------------------------------------------------------------

STRICT = {
    "style in the page": re.compile(r"<[^>]*\sstyle\s*=\s*[\"']", re.I),
    "a handler in the page": re.compile(r"<[^>]*\son[a-z]+\s*=\s*[\"']", re.I),
    "a script in the page": re.compile(r"<script(?![^>]*\ssrc=)[^>]*>", re.I),
    "a style sheet in the page": re.compile(r"<style\b", re.I),
    "a file from elsewhere": re.compile(
        r"<(script|link|img)[^>]*(src|href)=[\"']?(https?:)?//", re.I
    ),
}


@pytest.mark.parametrize("what", STRICT)
def test_no_template_needs_a_loose_policy(what: str) -> None:
    pages = [page for page in files("*.html", "templates") if "mail" not in page.parts]
    assert not [name_of(page) for page in pages if STRICT[what].search(page.read_text())]


def test_every_part_of_a_page_says_what_it_needs() -> None:
    silent = [
        name_of(part)
        for part in files("*.html", "templates/parts")
        if not part.read_text().startswith(("{#", "{% comment"))
    ]
    assert not silent


def test_every_script_is_short_and_says_what_the_page_does_without_it() -> None:
    scripts = {name_of(path): path.read_text() for path in files("*.js", "static/js")}
    assert not [name for name, text in scripts.items() if not text.startswith(("//", "/*"))]
    assert not [name for name, text in scripts.items() if len(text.splitlines()) > SCRIPT_LIMIT]
    assert sum(len(text.splitlines()) for text in scripts.values()) <= SCRIPTS_LIMIT


# --- Events -------------------------------------------------------------------------------------


@cache
def words_of_all_tests() -> str:
    return "\n".join(path.read_text() for path in files("test_*.py", "tests"))


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_of_event_has_a_sentence(kind: Kind) -> None:
    assert kind in SENTENCES


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_of_event_is_named_in_a_test(kind: Kind) -> None:
    assert re.search(
        rf"\bKind\.{kind.name}\b|[\"']{re.escape(kind.value)}[\"']", words_of_all_tests()
    )
