"""manage.py import_articles: documents in, from files, folders or standard input."""

import json
import sys
import time

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from articles.models import Person, User
from articles.processes import Killed
from seeds.batches import Named, Tally
from seeds.crew import Interrupted
from seeds.firsts import Firsts
from seeds.formats import NAMES
from seeds.importer import Importer
from seeds.sources import Unreadable, find

EXIT_SOME_REFUSED = 1
EXIT_UNREADABLE = 2
EXIT_DATABASE_BUSY = 3

MOST_TOLD = 20  # articles by their slugs
SECONDS_ON_A_TERMINAL, SECONDS_IN_A_LOG = 0.5, 10


class Command(BaseCommand):
    help = (
        "Import articles from JSON Lines, Markdown or WordPress exports, gzip or zstd too. The same again changes "
        "nothing; what was stopped goes on where it was. "
        "Exit status: 0 all in, 1 some refused (each named on standard error), 2 a path that cannot be read, "
        "3 the database is busy or away."
    )
    # They ask the database, and a busy one makes them complain of fields.
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "paths", nargs="+", metavar="PATH", help="A file, a folder, or - for standard input."
        )
        parser.add_argument("--format", choices=["auto", *NAMES], default="auto")
        parser.add_argument(
            "--dry-run", action="store_true", help="Say what would happen, and change nothing."
        )
        again = parser.add_mutually_exclusive_group()
        again.add_argument(
            "--resume",
            action="store_true",
            default=True,
            help="Go on where an unfinished run of this path stopped: what happens anyway.",
        )
        again.add_argument("--fresh", dest="resume", action="store_false", help="Begin at the beginning.")
        parser.add_argument(
            "--check-later", action="store_true", help="Leave the checks of what comes in to run_jobs."
        )
        parser.add_argument(
            "--json", action="store_true", help="Print a summary for machines as the last line."
        )
        parser.add_argument("--as", dest="username", help="The account whose import this is.")

    def handle(self, *, paths, dry_run, resume, username, **options):
        firsts, importers, unreadable = Firsts(), [], []
        try:
            person = self._person(username, dry_run)
            for source in find(paths, options["format"]):
                importers.append(
                    Importer(
                        source,
                        person=person,
                        dry_run=dry_run,
                        check_later=options["check_later"],
                        firsts=firsts,
                        report=self._report,
                    )
                )
                try:
                    with Progress(self.stderr, source.name, importers[-1].run.size) as progress:
                        importers[-1].go(resume=resume, progress=progress)
                except Unreadable as error:
                    unreadable.append(str(error))
                    self.stderr.write(str(error))
        except Unreadable as error:
            raise CommandError(str(error), returncode=EXIT_UNREADABLE) from None
        except OperationalError as error:
            reason = f"The database is busy or away: {str(error).strip()}. What is in stays in; run it again."
            raise CommandError(reason, returncode=EXIT_DATABASE_BUSY) from None
        except Interrupted:
            raise CommandError(
                "Another process went on with this import. What is in stays in.", returncode=130
            ) from None
        except Killed:
            raise CommandError(
                "A process of this import was killed; perhaps memory ran out. What is in stays in; run the same "
                "command again to go on.",
                returncode=130,
            ) from None
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped. What is in stays in; run the same command again to go on.", returncode=130
            ) from None
        tallies = [importer.tally for importer in importers]
        total = Tally(**{name: sum(getattr(tally, name) for tally in tallies) for name in Tally().counts()})
        touched = sum((tally.touched_releases for tally in tallies), Named())
        self._say(total, touched, dry_run)
        approved = sum((tally.touched_approvals for tally in tallies), Named())
        if approved.count:
            self.stdout.write(f"Articles whose approvals a new draft would leave behind: {_told(approved)}.")
        if options["json"]:
            more = {"unreadable": len(unreadable), "dry_run": dry_run, "touched_releases": touched.count}
            self.stdout.write(json.dumps(total.counts() | more))
        if unreadable:
            sys.exit(EXIT_UNREADABLE)
        if total.rejected:
            sys.exit(EXIT_SOME_REFUSED)

    def _person(self, username, dry_run):
        if not username:
            return None
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account named {username!r}.", returncode=EXIT_UNREADABLE)
        if not user.has_perm("articles.import_articles"):
            raise CommandError(f"{username} may not import articles.", returncode=EXIT_UNREADABLE)
        return None if dry_run else Person.objects.of(user)

    def _report(self, file, line, problem):
        self.stderr.write(f"{file}:{line}: {problem}")

    def _say(self, total, touched, dry_run):
        would = "Would be" if dry_run else "In"
        self.stdout.write(
            f"{would}: {total.read} read, {total.created} created, {total.updated} updated, "
            f"{total.unchanged} unchanged, {total.rejected} rejected; {total.flagged} wait for review "
            f"({total.seconds:.1f} s)."
        )
        if total.candidates:
            self.stdout.write(
                f"{total.candidates} of them lie beside a person's edit, for an editor to compare."
            )
        if total.altered:
            self.stdout.write(
                f"{total.altered} were altered on the way in; the import run in the admin lists how."
            )
        if touched.count:
            what = "would get a new draft" if dry_run else "got a new draft"
            self.stdout.write(f"Public articles that {what} (readers see no change): {_told(touched)}.")


def _told(named):
    slugs = sorted(named.slugs)[:MOST_TOLD]
    others = named.count - len(slugs)
    return ", ".join(slugs) + (f" and {others:,} others" if others else "")


class Progress:
    """How far an import is: a line that is written over on a terminal, a plain line now and then in a log."""

    def __init__(self, out, name, size):
        self.out, self.name, self.size = out, name, size
        self.is_terminal = out.isatty()
        self.every = SECONDS_ON_A_TERMINAL if self.is_terminal else SECONDS_IN_A_LOG
        self.began = self.last = time.monotonic()
        self.before = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.is_terminal:
            self.out.write("\r\x1b[K", ending="")

    def __call__(self, offset, tally):
        now = time.monotonic()
        if self.before is None:  # where a resumed run began
            self.before = (offset, tally.read)
        if now - self.last < self.every:
            return
        self.last = now
        line = self.line(offset, tally, now - self.began)
        if self.is_terminal:
            self.out.write(f"\r\x1b[K{self.bar(offset)}{line}", ending="")
        else:
            self.out.write(f"{self.name}: {line}")

    def bar(self, offset):
        if not self.size:
            return ""
        full = min(20, 20 * offset // self.size)
        return f"[{'#' * full}{'.' * (20 - full)}] "

    def line(self, offset, tally, seconds):
        """Say the share, the counts, the rate, and how long it takes from here."""
        offset_before, read_before = self.before
        said = [f"{min(100, 100 * offset // self.size)}%"] if self.size else []
        said.append(f"{tally.read:,} read, {tally.rejected:,} refused")
        said.append(f"{(tally.read - read_before) / max(seconds, 0.001):,.0f} a second")
        if self.size and offset > offset_before:
            left = int((self.size - offset) * seconds / (offset - offset_before))
            said.append(f"about {max(0, left) // 60}:{max(0, left) % 60:02} left")
        return ", ".join(said)
