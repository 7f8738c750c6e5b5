"""Triggers that keep the promises P1 and P2 in the database itself, on SQLite and PostgreSQL alike.

One condition is written once and runs on both engines. Django rebuilds a table on SQLite when it alters it, which
drops triggers silently: a migration that touches a guarded table drops all guards first and installs all last, and
`missing` compares what is installed with this list (asked by a test and by /health/ready).
"""

import re
from dataclasses import dataclass

HISTORY = "history is never changed or deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Refuse `event` on `table` where the SQL condition `refuse_when` holds of NEW and OLD.

    `when` is a condition on columns of NEW alone that must hold, too: PostgreSQL asks it before it calls anything,
    which matters where millions of rows come in. It is written as PostgreSQL writes it back, but for brackets and case.
    """

    name: str
    table: str
    event: str  # INSERT, UPDATE, DELETE or TRUNCATE
    when: str = ""
    refuse_when: str = "1 = 1"
    message: str
    only: str = ""  # the one engine that needs it; both where empty
    reads: str = ""  # a table it reads that came later than its own: before, it is not installed

    def sqlite(self):
        condition = f"({self.when}) AND ({self.refuse_when})" if self.when else self.refuse_when
        return (
            f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} FOR EACH ROW "
            f"WHEN ({condition}) BEGIN SELECT RAISE(ABORT, '{self.table}: {self.message}'); END"
        )

    def postgres_body(self):
        answer = {"DELETE": "RETURN OLD;", "TRUNCATE": "RETURN NULL;"}.get(self.event, "RETURN NEW;")
        return (
            f"BEGIN IF ({self.refuse_when}) THEN RAISE EXCEPTION '{self.table}: {self.message}' "
            f"USING ERRCODE = 'integrity_constraint_violation'; END IF; {answer} END"
        )

    def postgres(self, search_path):
        each = "STATEMENT" if self.event == "TRUNCATE" else "ROW"
        when = f" WHEN ({self.when})" if self.when else ""
        return [
            f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql SET search_path = {search_path} "
            f"AS $guard$ {self.postgres_body()} $guard$",
            f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} "
            f"FOR EACH {each}{when} EXECUTE FUNCTION {self.name}()",
        ]

    def postgres_type(self):
        """Return pg_trigger.tgtype: which event, before it, for each row or statement (pg_trigger.h)."""
        before, row = 2, 1
        event = {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}[self.event]
        return event + before + (0 if self.event == "TRUNCATE" else row)


def search_path(cursor):
    """Return where guards look for tables on PostgreSQL: our schema first, and temporary tables last.

    Unless it is named, the schema of temporary tables comes before all others, so that anybody who may make one could
    put an empty table in the place of the one a guard reads.
    """
    cursor.execute("SELECT quote_ident(current_schema())")
    return f"{cursor.fetchone()[0]}, pg_temp"


def same_key(table, keys, other_than=""):
    """Return the condition that a row with one of NEW's keys is there already.

    SQLite's INSERT OR REPLACE deletes such a row without firing delete triggers, so the insert itself is refused.
    A key is its columns, behind them the condition (on t and NEW) of a partial index, if it is one.
    """
    conditions = ([part if " " in part else f"t.{part} = NEW.{part}" for part in key] for key in keys)
    matches = " OR ".join("(" + " AND ".join(parts) + ")" for parts in conditions)
    return f"EXISTS (SELECT 1 FROM {table} t WHERE {other_than}({matches}))"


def unchanged(*columns):
    """Return the condition that these columns of NEW are those of OLD."""
    return " AND ".join(
        f"(NEW.{one} = OLD.{one} OR (NEW.{one} IS NULL AND OLD.{one} IS NULL))" for one in columns
    )


def append_only(table, *keys, erasable=None):
    """Return the guards of a history table. `erasable` is the condition under which an UPDATE may empty bytes."""
    update = f"NOT ({erasable})" if erasable else "1 = 1"
    return [
        Guard(name=f"{table}_no_update", table=table, event="UPDATE", refuse_when=update, message=HISTORY),
        Guard(name=f"{table}_no_delete", table=table, event="DELETE", message=HISTORY),
        Guard(name=f"{table}_no_truncate", table=table, event="TRUNCATE", message=HISTORY, only="postgresql"),
        Guard(
            name=f"{table}_no_replace",
            table=table,
            event="INSERT",
            refuse_when=same_key(table, keys),
            message=f"a row with this key exists, and {HISTORY}",
            only="sqlite",
        ),
    ]


def never_deleted(table, *keys):
    """Return the guards of a table whose rows change but stay for ever, each the one it was (`id` and `uuid`)."""
    others = same_key(table, [key for key in keys if key != ("id",)], other_than="t.id <> NEW.id AND ")
    return [
        *append_only(table, *keys)[1:],
        Guard(
            name=f"{table}_stays_itself",
            table=table,
            event="UPDATE",
            refuse_when="NEW.id <> OLD.id OR NEW.uuid <> OLD.uuid",
            message="what history points to keeps its ids",
        ),
        Guard(
            name=f"{table}_no_update_replace",
            table=table,
            event="UPDATE",
            refuse_when=others,
            message="another row has this key",
            only="sqlite",
        ),
    ]


LATEST_RELEASE = "(SELECT r.id FROM articles_release r WHERE r.article_id = NEW.id ORDER BY r.n DESC LIMIT 1)"
RELEASE_SHOWS = (
    "EXISTS (SELECT 1 FROM articles_release r "
    "WHERE r.id = NEW.current_release_id AND r.revision_id IS NOT NULL)"
)
ERASED = "EXISTS (SELECT 1 FROM articles_erasure e WHERE e.subject = OLD.digest)"

# A table whose key is no integer has a hidden one besides, which INSERT OR REPLACE can name. Unnamed, it is -1 here.
HIDDEN_KEY = ("rowid", "NEW.rowid > 0")

GUARDS = [
    *append_only(
        "articles_text",
        ("digest",),
        HIDDEN_KEY,
        erasable=f"NEW.data IS NULL AND {unchanged('digest', 'size')} AND {ERASED}",
    ),
    Guard(
        name="articles_text_keeps_its_rowid",
        table="articles_text",
        event="UPDATE",
        refuse_when="NEW.rowid <> OLD.rowid",
        message="a text takes the place of no other",
        only="sqlite",
    ),
    *append_only("articles_erasure", ("id",), ("subject",), ("ledger_seq",)),
    *append_only(
        "articles_revision",
        ("id",),
        ("article_id", "number"),
        # Erasing a text also empties what lists repeat of it; every other column stays.
        erasable="NEW.title = '' AND NEW.summary = '' AND CAST(NEW.facts AS text) = '{}' AND "
        + unchanged(
            "id",
            "article_id",
            "number",
            "digest",
            "origin",
            "source_digest",
            "created_at",
            "parent_id",
            "person_id",
            "import_run_id",
            "checklist_id",
        )
        + f" AND {ERASED}",
    ),
    *append_only("articles_contributor", ("id",), ("revision_id", "person_id", "role")),
    *append_only("articles_checklistversion", ("id",), ("digest",), ("checklist_id", "number")),
    *append_only(
        "articles_release", ("id",), ("article_id", "n"), ("article_id", "version"), ("ledger_seq",)
    ),
    *never_deleted("articles_article", ("id",), ("uuid",), ("slug",), ("source_key",)),
    *never_deleted("articles_person", ("id",), ("uuid",), ("account_id",)),
    Guard(
        name="article_starts_unreleased",
        table="articles_article",
        event="INSERT",
        when="NEW.current_release_id IS NOT NULL OR NEW.published_at IS NOT NULL "
        "OR NEW.indexable_until IS NOT NULL",
        message="an article becomes public by a release only",
    ),
    # An article comes in with its first revision, whichever of the two rows is written first.
    Guard(
        name="article_starts_with_its_own_revision",
        table="articles_article",
        event="INSERT",
        when="NEW.latest_revision_id IS NOT NULL",
        refuse_when="EXISTS (SELECT 1 FROM articles_revision v "
        "WHERE v.id = NEW.latest_revision_id AND v.article_id <> NEW.id)",
        message="the latest revision belongs to another article",
    ),
    Guard(
        name="revision_of_the_article_it_begins",
        table="articles_revision",
        event="INSERT",
        refuse_when="EXISTS (SELECT 1 FROM articles_article a "
        "WHERE a.latest_revision_id = NEW.id AND a.id <> NEW.article_id)",
        message="another article begins with this revision",
    ),
    Guard(
        name="article_shows_its_latest_release",
        table="articles_article",
        event="UPDATE",
        refuse_when=f"coalesce(NEW.current_release_id, 0) <> coalesce({LATEST_RELEASE}, 0)",
        message="the current release is the latest release of the article, and no other",
    ),
    Guard(
        name="article_public_as_its_release",
        table="articles_article",
        event="UPDATE",
        refuse_when=f"(NEW.published_at IS NOT NULL) <> ({RELEASE_SHOWS})",
        message="an article is public exactly while its current release shows a revision",
    ),
    Guard(
        name="article_latest_revision_is_its_own",
        table="articles_article",
        event="UPDATE",
        refuse_when="(NEW.latest_revision_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM articles_revision v "
        "WHERE v.id = NEW.latest_revision_id AND v.article_id = NEW.id))",
        message="the latest revision belongs to another article",
    ),
    *(
        Guard(
            name=f"{table}_public_by_release_{event.lower()}",
            table=table,
            event=event,
            when="NEW.published_at IS NOT NULL",
            refuse_when="NOT EXISTS (SELECT 1 FROM articles_article a "
            f"WHERE a.id = NEW.{owner} AND a.published_at IS NOT NULL)",
            message="only a release shows readers what an article is about",
        )
        for table, owner in (
            ("articles_articletag", "content_object_id"),
            ("articles_mention", "article_id"),
            ("articles_checklistuse", "article_id"),
        )
        for event in ("INSERT", "UPDATE")
    ),
    *(
        Guard(
            name=f"articles_publicwords_of_what_readers_see_{event.lower()}",
            table="articles_publicwords",
            event=event,
            refuse_when="NOT EXISTS (SELECT 1 FROM articles_article a JOIN articles_release r "
            "ON r.id = a.current_release_id WHERE a.id = NEW.article_id AND a.published_at IS NOT NULL "
            "AND r.revision_id = NEW.revision_id)",
            message="readers find an article by what they see of it",
        )
        for event in ("INSERT", "UPDATE")
    ),
]


def needed(connection, guards):
    """Return the guards this engine needs."""
    return [guard for guard in guards if guard.only in ("", connection.vendor)]


def install(connection, guards=GUARDS):
    """Create every guard of the tables that are there. The caller runs in a migration, when they are as they should be.

    A later migration adds a table and installs its guards; on a fresh database this one has run before.
    """
    with connection.cursor() as cursor:
        path = search_path(cursor) if connection.vendor == "postgresql" else ""
        tables = set(connection.introspection.table_names(cursor))
        for guard in needed(connection, guards):
            if not {guard.table, guard.reads or guard.table} <= tables:
                continue
            for statement in guard.postgres(path) if path else [guard.sqlite()]:
                cursor.execute(statement)


def drop(connection, guards=GUARDS):
    """Remove every guard, those that are not there included."""
    with connection.cursor() as cursor:
        for guard in guards:
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP FUNCTION IF EXISTS {guard.name}() CASCADE")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {guard.name}")


def missing(connection, guards=GUARDS):
    """Return the names of guards that are absent, switched off or not what this list says."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            path = [f"search_path={search_path(cursor)}"]
            # A trigger with another condition or a list of columns of its own fires less often than ours.
            cursor.execute(
                "SELECT t.tgname, c.relname, t.tgtype, f.proconfig, "
                "substring(pg_get_triggerdef(t.oid) FROM ' WHEN (.*) EXECUTE FUNCTION '), f.prosrc FROM pg_trigger t "
                "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc f ON f.oid = t.tgfoid "
                "WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') "
                "AND t.tgattr::text = '' AND pg_table_is_visible(c.oid)"
            )
            installed = {
                name: (*what, _plain(when), body.strip()) for name, *what, when, body in cursor.fetchall()
            }
            expected = {
                guard.name: (
                    guard.table,
                    guard.postgres_type(),
                    path,
                    _plain(guard.when),
                    guard.postgres_body(),
                )
                for guard in needed(connection, guards)
            }
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            installed = dict(cursor.fetchall())
            expected = {guard.name: guard.sqlite() for guard in needed(connection, guards)}
    return sorted(name for name, definition in expected.items() if installed.get(name) != definition)


def _plain(condition):
    """A condition on NEW without its brackets and case, which PostgreSQL writes in a way of its own."""
    return re.sub("[()]", "", condition or "").lower()
