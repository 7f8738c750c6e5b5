"""Make the lists of similar articles that are missing or due, or say how many are."""

from django.core.management.base import BaseCommand, CommandError

from articles import similar
from articles.models import SimilarList


class Command(BaseCommand):
    help = (
        "Let every public article name those similar to it. Stop it and run it again at will, while the site runs. "
        "Exit status 1 with --check says that some do not."
    )

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="only say how many lists are missing or due")
        parser.add_argument(
            "--fresh", action="store_true", help="make every list anew; each stands until then"
        )

    def handle(self, *, check, fresh, verbosity, **options):
        missing, due = similar.missing().count(), SimilarList.objects.due().count()
        if check:
            self.stdout.write(f"{missing:,} missing, {due:,} due.")
            if missing or due:
                raise CommandError("Not every list is as it should be: run rebuild_similar.")
            return
        if fresh:
            SimilarList.objects.update(is_due=True)
        sum(similar.want_missing())
        left, done = SimilarList.objects.due().count(), 0
        for count in similar.catch_up():
            done += count
            if verbosity > 1:
                self.stderr.write(f"{done:,} of {left:,}")
        self.stdout.write(self.style.SUCCESS(f"{done:,} lists made."))
