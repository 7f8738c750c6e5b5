"""`field__any_of=values`: one of many values, sent as one parameter, however many there are.

`__in` sends a parameter for each value, which costs more than the query itself where there are hundreds, and databases
take only so many.
"""

import json

from django.db.models import Field, ForeignKey, Lookup


class AnyOf(Lookup):
    """Say whether the column is one of some values, which are texts or whole numbers and not null."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler, connection):
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} IN (SELECT value FROM json_each(%s))", [*parameters, json.dumps(list(self.rhs))]

    def as_postgresql(self, compiler, connection):
        column, parameters = self.process_lhs(compiler, connection)
        kind = self.lhs.output_field.rel_db_type(connection)
        return f"{column} = ANY(%s::{kind}[])", [*parameters, list(self.rhs)]


Field.register_lookup(AnyOf)
ForeignKey.register_lookup(AnyOf)
