"""manage.py import_articles: documents in, from files, folders or standard input."""

import json
import sys
import time

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from articles.models import Person, User
from seeds.importer import Importer, Tally
from seeds.sources import Unreadable, find

EXIT_SOME_REFUSED = 1
EXIT_UNREADABLE = 2
EXIT_DATABASE_BUSY = 3


class Command(BaseCommand):
    help = (
        "Import articles from JSON Lines or single JSON documents. The same file again changes nothing. "
        "Exit status: 0 all in, 1 some refused (each named on standard error), 2 a path that cannot be read, "
        "3 the database is busy or away."
    )
    # They ask the database, and a busy one makes them complain of fields.
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "paths", nargs="+", metavar="PATH", help="A file, a folder, or - for standard input."
        )
        parser.add_argument("--format", choices=["auto", "jsonl"], default="auto")
        parser.add_argument(
            "--dry-run", action="store_true", help="Say what would happen, and change nothing."
        )
        parser.add_argument(
            "--resume",
            action="store_true",
            help="Go on where an unfinished run of this file stopped.",
        )
        parser.add_argument(
            "--json", action="store_true", help="Print a summary for machines as the last line."
        )
        parser.add_argument("--as", dest="username", help="The account whose import this is.")

    def handle(self, *, paths, dry_run, resume, username, **options):
        first, importers, unreadable = {}, [], []
        try:
            person = self._person(username, dry_run)
            for source in find(paths):
                importers.append(self._importer(source, first, dry_run, person))
                try:
                    importers[-1].go(resume=resume, progress=self._progress(source))
                except Unreadable as error:
                    unreadable.append(str(error))
                    self.stderr.write(str(error))
        except Unreadable as error:
            raise CommandError(str(error), returncode=EXIT_UNREADABLE) from None
        except OperationalError as error:
            reason = f"The database is busy or away: {str(error).strip()}. What is in stays in; run it again."
            raise CommandError(reason, returncode=EXIT_DATABASE_BUSY) from None
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped. What is in stays in; run the same command again to go on.", returncode=130
            ) from None
        tallies = [importer.tally for importer in importers]
        total = Tally(**{name: sum(getattr(tally, name) for tally in tallies) for name in Tally().counts()})
        touched = sorted({slug for tally in tallies for slug in tally.touched_releases})
        self._say(total, touched, dry_run)
        if options["json"]:
            more = {"unreadable": len(unreadable), "dry_run": dry_run, "touched_releases": len(touched)}
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

    def _importer(self, source, first, dry_run, person):
        def report(line, problem):
            self.stderr.write(f"{source.name}:{line}: {problem}")

        return Importer(source, person=person, dry_run=dry_run, first=first, report=report)

    def _progress(self, source):
        return Progress(self.stderr, source) if sys.stderr.isatty() else lambda offset, tally: None

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
        if touched:
            names = ", ".join(touched[:20]) + (" and others" if len(touched) > 20 else "")
            what = "would get a new draft" if dry_run else "got a new draft"
            self.stdout.write(f"Public articles that {what} (readers see no change): {names}.")


class Progress:
    """A line on a terminal that is written over, at most twice a second."""

    def __init__(self, out, source):
        self.out, self.size, self.last = out, source.size, 0.0

    def __call__(self, offset, tally):
        now = time.monotonic()
        if now - self.last < 0.5:
            return
        self.last = now
        share = f"{100 * offset // self.size}%, " if self.size else ""
        self.out.write(
            f"\r{share}{tally.read} read, {tally.read / max(tally.seconds, 0.001):.0f}/s ", ending=""
        )
