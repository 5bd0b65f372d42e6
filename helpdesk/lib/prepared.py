"""SELECTs whose SQL is made once in a process: for what is asked again with every letter.

Making the SQL of a wide question costs Django several times what the database needs to answer it.
"""

from collections.abc import Callable
from copy import copy
from threading import Lock
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, Field, Model, QuerySet

Row = TypeVar("Row", bound=Model)


class Given(Expression):
    """A place in a question for a value that is given when it is asked."""

    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    def value(self, given: dict[str, object], connection: Any) -> object:
        return self.output_field.get_db_prep_value(given[self.name], connection)


class Prepared(Generic[Row]):
    """Calling it with the values by name gives the rows."""

    def __init__(self, make: "Callable[[], QuerySet[Row]]") -> None:
        self._make = make
        self._lock = Lock()
        self._made: tuple[Any, Any, str, tuple[Any, ...], Any] | None = None

    def __call__(self, **given: object) -> list[Row]:
        rows, made, sql, places, converters = self._made or self._prepare()
        connection = connections[DEFAULT_DB_ALIAS]
        values = tuple(
            each.value(given, connection) if isinstance(each, Given) else each for each in places
        )
        compiler = copy(made)  # It belongs to the connection of one thread.
        compiler.connection = connection
        compiler.as_sql = lambda *_args, **_more: (sql, values)
        compiler.get_converters = lambda _columns: converters
        asked = rows._chain()
        asked.query.get_compiler = lambda *_args, **_more: compiler
        return list(asked)

    def _prepare(self) -> tuple[Any, Any, str, tuple[Any, ...], Any]:
        with self._lock:
            if self._made is None:
                rows = self._make()
                compiler = rows.query.get_compiler(using=DEFAULT_DB_ALIAS)
                sql, places = compiler.as_sql()
                columns = [each[0] for each in compiler.select[: compiler.col_count]]
                converters = compiler.get_converters(columns)
                self._made = (rows, compiler, sql, tuple(places), converters)
            return self._made
