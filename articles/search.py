"""Indexes of words: one way in and one way to ask, over FTS5 on SQLite and tsvector with GIN on PostgreSQL.

An index belongs to a table of rows (articles/models/search.py) and holds the words of each under its revision's id.
What is found is ordered by where all of the words stand (in the title, in title and lead, anywhere), then the newest
first: both come from the index itself, so that a word in every text costs no more than one in a thousand.
"""

from django.db import connection

from articles.words import LEAD, TITLE

# So many are found in each place, the newest; who wants another says more.
MOST_FOUND = 1_000
# PostgreSQL reads a row itself to see whether words stand side by side: of no more than so many.
MOST_LOOKED_AT = 5_000
# PostgreSQL's index knows no order, so it is asked for the newest first: each row also says which so many it is of.
NEWEST = 4_096
# No article has this id: a row with it says that there was more to look at.
NOBODY = 0
# So much of FTS5's index is written anew in one step of a sweep, while nobody else writes.
SWEPT_PAGES = 500
EVERYWHERE = ""
PLACES = (TITLE, LEAD, EVERYWHERE)


def places_of(asked):
    """Return [(number, place)] where all that is asked for may stand; what is only under things stands anywhere."""
    return list(enumerate(PLACES)) if asked.terms else [(PLACES.index(EVERYWHERE), EVERYWHERE)]


def engine():
    """Return how the database in use keeps and asks such indexes."""
    return {"sqlite": Fts5, "postgresql": Tsvector}[connection.vendor]


class Fts5:
    """A virtual table beside the rows, without a copy of the words: what is taken out must be said again in full."""

    @staticmethod
    def create(cursor, table):
        cursor.execute(
            f"CREATE VIRTUAL TABLE {table}_index USING "
            # Words come folded and apart, so nothing but the space is left for it to know.
            f"fts5(words, content='', columnsize=0, tokenize=\"ascii tokenchars '+#/'\")"
        )

    @staticmethod
    def drop(cursor, table):
        cursor.execute(f"DROP TABLE {table}_index")

    @staticmethod
    def line(words):
        """Return the words of one row as they are put in, in their order."""
        return " ".join(words)

    @staticmethod
    def put(cursor, table, rows):
        """Add rows of (revision's id, article's id, format, line)."""
        cursor.executemany(
            f"INSERT INTO {table} (revision_id, article_id, format) VALUES (%s, %s, %s)",
            [row[:3] for row in rows],
        )
        cursor.executemany(
            f"INSERT INTO {table}_index (rowid, words) VALUES (%s, %s)",
            [(revision, line) for revision, _, _, line in rows],
        )

    @staticmethod
    def take(cursor, table, lines):
        """Take rows out, given as {revision's id: its line, exactly as it was put in}."""
        cursor.executemany(
            f"INSERT INTO {table}_index ({table}_index, rowid, words) VALUES ('delete', %s, %s)",
            list(lines.items()),
        )
        cursor.executemany(f"DELETE FROM {table} WHERE revision_id = %s", [(revision,) for revision in lines])

    @staticmethod
    def empty(cursor, table):
        cursor.execute(f"INSERT INTO {table}_index ({table}_index) VALUES ('delete-all')")
        cursor.execute(f"DELETE FROM {table}")

    @staticmethod
    def sweep(cursor, table):
        """Write out anew what still holds words that were taken out, in short transactions; yield behind each."""
        pages = -SWEPT_PAGES  # less than none: through all of the index, not only what is due for merging
        while True:
            before = cursor.connection.total_changes
            cursor.execute(f"INSERT INTO {table}_index ({table}_index, rank) VALUES ('merge', %s)", [pages])
            if cursor.connection.total_changes - before < 2:  # SQLite's word for being done
                return
            pages = SWEPT_PAGES
            yield

    @classmethod
    def sql(cls, table, asked, most):
        """Return SQL and its values for (article, revision, best place, widest place) of what is found."""
        parts = [
            f"SELECT * FROM (SELECT rowid AS revision_id, {number} AS place FROM {table}_index "
            f"WHERE {table}_index MATCH %s ORDER BY rowid DESC LIMIT {most + 1})"
            for number, _ in places_of(asked)
        ]
        return (
            f"SELECT t.article_id, t.revision_id, min(f.place) AS place, max(f.place) AS widest "
            f"FROM ({' UNION ALL '.join(parts)}) f JOIN {table} t ON t.revision_id = f.revision_id "
            "GROUP BY t.article_id, t.revision_id",
            [cls.query(asked, place) for _, place in places_of(asked)],
        )

    @staticmethod
    def query(asked, place):
        terms = [
            '"' + " ".join(place + word for word in term.words) + '"' + "*" * term.is_beginning
            for term in asked.terms
        ]
        things = ["(" + " OR ".join(f'"{word}"' for word in one_of) + ")" for one_of in asked.things]
        return " AND ".join(terms + things)


class Tsvector:
    """A column of the rows' own table, with a GIN index."""

    @staticmethod
    def create(cursor, table):
        cursor.execute(f"ALTER TABLE {table} ADD COLUMN words tsvector NOT NULL")
        cursor.execute(f"CREATE INDEX {table}_index ON {table} USING gin (words)")

    @staticmethod
    def drop(cursor, table):
        cursor.execute(f"ALTER TABLE {table} DROP COLUMN words")

    @staticmethod
    def line(words):
        places = {}
        for place, word in enumerate(words, start=1):
            places.setdefault(word, []).append(str(place))
        return " ".join([f"'{word}':{','.join(at)}" for word, at in places.items()])

    @staticmethod
    def put(cursor, table, rows):
        with (
            connection.wrap_database_errors,
            cursor.copy(f"COPY {table} (revision_id, article_id, format, words) FROM STDIN") as copy,
        ):
            for revision, article, format, line in rows:
                copy.write_row((revision, article, format, f"'b/{revision // NEWEST}':1 {line}"))

    @staticmethod
    def take(cursor, table, lines):
        cursor.execute(f"DELETE FROM {table} WHERE revision_id = ANY(%s)", [list(lines)])

    @staticmethod
    def empty(cursor, table):
        cursor.execute(f"DELETE FROM {table}")

    @staticmethod
    def sweep(cursor, table):
        """Make the index anew while others read and write: GIN keeps every word it ever held. Not in a transaction."""
        cursor.execute(f"VACUUM {table}")
        yield
        cursor.execute(f"REINDEX INDEX CONCURRENTLY {table}_index")
        yield

    @classmethod
    def sql(cls, table, asked, most):
        parts, values = [], []
        things = ["(" + "|".join(f"'{word}'" for word in one_of) + ")" for one_of in asked.things]
        for number, place in places_of(asked):
            every = " & ".join([cls.words(term, place, " & ") for term in asked.terms] + things)
            # An older part of the table is not begun with while the newest has enough. Each query is told in a SELECT
            # of its own: PostgreSQL would else take a frequent word for a reason to read the table instead.
            newest = (
                "(SELECT (%s || ' & ' || {not_} '(''b/' || at || '''|''b/' || at - 1 || ''')')::tsquery FROM "
                f"(SELECT coalesce(max(revision_id), 0) / {NEWEST} AS at FROM {table}) newest)"
            )
            rows = " UNION ALL ".join(
                f"SELECT article_id, revision_id, words FROM {table} WHERE words @@ {newest.format(not_=not_)}"
                for not_ in ("", "'!' || ")
            )
            values += [every, every]
            if asked.has_phrases:
                parts.append(
                    f"looked{number} AS MATERIALIZED (SELECT * FROM ({rows}) rows LIMIT {MOST_LOOKED_AT}), "
                    f"found{number} AS (SELECT article_id, revision_id, {number} AS place FROM looked{number} "
                    f"WHERE words @@ (SELECT %s::tsquery) LIMIT {most + 1})"
                )
                values.append(" & ".join(cls.words(term, place, " <-> ") for term in asked.terms))
            else:
                parts.append(
                    f"found{number} AS (SELECT article_id, revision_id, {number} AS place FROM ({rows}) rows "
                    f"LIMIT {most + 1})"
                )
        all_found = " UNION ALL ".join(f"SELECT * FROM found{number}" for number, _ in places_of(asked))
        if asked.has_phrases:
            last = len(PLACES) - 1
            all_found += (
                f" UNION ALL SELECT {NOBODY}, {NOBODY}, {last} "
                f"WHERE (SELECT count(*) FROM looked{last}) = {MOST_LOOKED_AT}"
            )
        return (
            f"WITH {', '.join(parts)} "
            f"SELECT article_id, revision_id, min(place) AS place, max(place) AS widest FROM ({all_found}) found "
            "GROUP BY article_id, revision_id",
            values,
        )

    @staticmethod
    def words(term, place, between):
        marks = [""] * (len(term.words) - 1) + [":*" if term.is_beginning else ""]
        said = [f"'{place}{word}'{mark}" for word, mark in zip(term.words, marks, strict=True)]
        return f"({between.join(said)})"
