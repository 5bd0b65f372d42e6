"""Rows changed and read, or stored if they are new, in one statement, on both databases."""

from typing import Any, TypeVar

from django.db import connections, router
from django.db.models import Model, QuerySet, sql
from django.db.models.constants import OnConflict

Row = TypeVar("Row", bound=Model)


def changed(rows: "QuerySet[Row]", **values: object) -> "list[Row]":
    """Update these rows and give them back as they are now; those of others stay untouched."""
    query: Any = rows.query.chain(sql.UpdateQuery)
    query.add_update_values(values)
    query.clear_ordering(force=True)
    statement, parameters = query.get_compiler(connection=connections[rows.db]).as_sql()
    found = rows.model._base_manager.raw(f"{statement} RETURNING *", parameters)
    return list(found.using(rows.db))


def added(row: Model) -> bool:
    """Insert the row; False when one with its unique key is there, now or in a moment.

    Unlike an INSERT that fails, it leaves the transaction whole, without a savepoint.
    """
    row._prepare_related_fields_for_save(operation_name="save")  # type: ignore[attr-defined]
    database = router.db_for_write(type(row), instance=row)
    manager: Any = type(row)._base_manager
    own = [field for field in row._meta.local_concrete_fields if field is not row._meta.pk]
    keys = manager._insert(
        [row],
        fields=own,
        returning_fields=[row._meta.pk],
        using=database,
        on_conflict=OnConflict.IGNORE,
    )
    if not keys or keys[0] is None:
        return False
    row.pk, row._state.adding, row._state.db = keys[0][0], False, database
    return True
