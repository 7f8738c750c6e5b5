"""Many new rows at once, as fast as the database takes them: COPY on PostgreSQL, bulk_create elsewhere.

For rows whose keys nobody else can write at this moment, since the caller holds their articles' locks: a COPY knows no
conflicts. Constraints, foreign keys and triggers hold as ever.
"""

import time

from django.db import connection, models

# Who waits for SQLite's write lock asks for it after 1, 2, 5, 10 and 15 ms, then every 20 to 25 ms until 130 ms are
# over (SQLite's own busy handler, sqliteDefaultBusyCallback). A pause as long as those steps lets them have it.
TURN_SECONDS = 0.025


def let_others_write(since):
    """Before the next of many transactions on SQLite, wait so long that whoever else wants to write gets to.

    `since`: when the last one ended (time.monotonic()); None before the first.
    """
    if since is not None and connection.vendor == "sqlite" and not connection.in_atomic_block:
        time.sleep(max(0, since + TURN_SECONDS - time.monotonic()))


def insert(rows):
    """Insert these new instances of one model; those with an automatic id have it afterwards."""
    rows = list(rows)
    if not rows:
        return
    model = type(rows[0])
    if connection.vendor != "postgresql":
        model._base_manager.bulk_create(rows)
        return
    key = model._meta.pk
    if isinstance(key, models.AutoField):
        without = [row for row in rows if row.pk is None]
        for row, number in zip(without, ids(model, len(without)) if without else (), strict=True):
            row.pk = number
    fields = model._meta.local_concrete_fields
    _copy(model, fields, ([field.pre_save(row, True) for field in fields] for row in rows))
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias


def insert_values(model, names, values):
    """Insert rows given as tuples of the values of the fields `names`, without making instances of them."""
    values = list(values)
    if not values:
        return
    fields = [model._meta.get_field(name) for name in names]
    if connection.vendor == "postgresql":
        _copy(model, fields, values)
        return
    columns = [field.attname for field in fields]
    model.objects.bulk_create(model(**dict(zip(columns, row, strict=True))) for row in values)


def ids(model, count):
    """Return ids for so many rows that are not there yet: nobody else gets them, if this transaction writes them.

    SQLite has one writer at a time, so there they are simply the next ones.
    """
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [table, model._meta.pk.column, count],
            )
            return [number for (number,) in cursor.fetchall()]
        cursor.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = %s", [table])
        last = cursor.fetchone()[0]
        return list(range(last + 1, last + 1 + count))


def _copy(model, fields, values):
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    # Most values are texts and numbers, which the driver writes as they are.
    special = [
        (index, field)
        for index, field in enumerate(fields)
        if isinstance(field, models.JSONField | models.BinaryField)
    ]
    table = connection.ops.quote_name(model._meta.db_table)
    with (
        # What goes wrong inside a COPY is the driver's error: callers know Django's.
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
    ):
        for row in values:
            if special:
                row = list(row)
            for index, field in special:
                row[index] = field.get_db_prep_save(row[index], connection)
            copy.write_row(row)
