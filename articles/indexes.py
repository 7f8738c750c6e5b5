"""Indexes that nothing asks, and that every import would pay for; and new ones, made while the site runs."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.migrations import AddIndex


class AddIndexBeside(AddIndexConcurrently):
    """Make an index while others write, where that can be: PostgreSQL. The migration is not atomic."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        """Make the index; one that an interrupted run left unfinished is made again."""
        if schema_editor.connection.vendor != "postgresql":
            return AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)
        schema_editor.execute(
            f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.index.name)}"
        )
        super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            return AddIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)
        super().database_backwards(app_label, schema_editor, from_state, to_state)


def drop(schema_editor, model, column, *, like=False):
    """Drop the index that Django made of one column for a foreign key, or for LIKE where `like` says so."""
    for name in _names(schema_editor, model, column, like):
        schema_editor.execute(schema_editor._delete_index_sql(model, name))


def restore(schema_editor, model, column, *, like=False):
    """Make again what `drop` dropped."""
    if _names(schema_editor, model, column, like):
        return
    field = next(field for field in model._meta.local_fields if field.column == column)
    if not like:
        schema_editor.execute(schema_editor._create_index_sql(model, fields=[field]))
    elif schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(schema_editor._create_like_index_sql(model, field))


def _names(schema_editor, model, column, like):
    if like and schema_editor.connection.vendor != "postgresql":
        return []
    names = schema_editor._constraint_names(model, [column], index=True, unique=False, primary_key=False)
    ours = {index.name for index in model._meta.indexes}
    return [name for name in names if name not in ours and name.endswith("_like") == like]
