"""Lookups that Django does not have.

`field__any_of=values`: one of many values, sent as one parameter, however many there are. `__in` sends a parameter for
each value, which costs more than the query itself where there are hundreds, and databases take only so many. With a
query in place of values PostgreSQL asks that first, and looks up what it gives. With `__in` it may go through all that
the order of the rest gives, in the hope to meet some soon.

`field__begins_with=text`: by an index on both engines. `__startswith` asks SQLite with LIKE, which minds no case there
and uses none.
"""

import json

from django.db.models import CharField, Field, ForeignKey, Lookup


class AnyOf(Lookup):
    """Say whether the column is one of some values, which are texts or whole numbers and not null."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler, connection):
        column, parameters = self.process_lhs(compiler, connection)
        if not self.rhs_is_direct_value():
            query, its_parameters = self.process_rhs(compiler, connection)
            return f"{column} IN {query}", [*parameters, *its_parameters]
        return f"{column} IN (SELECT value FROM json_each(%s))", [*parameters, json.dumps(list(self.rhs))]

    def as_postgresql(self, compiler, connection):
        column, parameters = self.process_lhs(compiler, connection)
        if not self.rhs_is_direct_value():
            query, its_parameters = self.process_rhs(compiler, connection)
            return f"{column} = ANY(ARRAY{query})", [*parameters, *its_parameters]
        kind = self.lhs.output_field.rel_db_type(connection)
        return f"{column} = ANY(%s::{kind}[])", [*parameters, list(self.rhs)]


class BeginsWith(Lookup):
    """Say whether the column begins with a text."""

    lookup_name = "begins_with"
    prepare_rhs = False

    def as_sql(self, compiler, connection):
        column, parameters = self.process_lhs(compiler, connection)
        # No text that begins so stands behind it and the last character there is.
        return f"{column} >= %s AND {column} < %s", [
            *parameters,
            self.rhs,
            *parameters,
            f"{self.rhs}\U0010ffff",
        ]

    def as_postgresql(self, compiler, connection):
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} LIKE %s", [*parameters, f"{connection.ops.prep_for_like_query(self.rhs)}%"]


Field.register_lookup(AnyOf)
CharField.register_lookup(BeginsWith)
ForeignKey.register_lookup(AnyOf)
