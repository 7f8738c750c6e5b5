"""Bring the indexes of words up to date, or say how far they are."""

from django.core.management.base import BaseCommand, CommandError

from articles.models import PublicWords, StaffWords, Unswept

SIDES = {"staff": StaffWords, "readers": PublicWords}


class Command(BaseCommand):
    help = (
        "Let every article be found by what it says now. Stop it and run it again at will, while the site runs. "
        "Exit status 1 with --check says that something is missing."
    )

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="only say what is missing and what is stale")
        parser.add_argument("--fresh", action="store_true", help="empty the indexes first")
        parser.add_argument("--sweep", action="store_true", help="write them anew after erasures, too")

    def handle(self, *, check, fresh, sweep, verbosity, **options):
        if check:
            return self.say_what_is_missing()
        for side, words in SIDES.items():
            if fresh:
                words.objects.empty()
            left, done = words.objects.due().count() + words.objects.stale().count(), 0
            for count in words.objects.catch_up():
                done += count
                if verbosity > 1:
                    self.stderr.write(f"{side}: {done:,} of {left:,}")
            self.stdout.write(self.style.SUCCESS(f"{side}: {done:,} articles brought up to date."))
        if sweep:
            steps = sum(1 for _ in Unswept.sweep())
            self.stdout.write(
                self.style.SUCCESS(f"swept in {steps} steps." if steps else "nothing to sweep.")
            )

    def say_what_is_missing(self):
        missing = {
            side: (words.objects.due().count(), words.objects.stale().count())
            for side, words in SIDES.items()
        }
        for side, (due, stale) in missing.items():
            self.stdout.write(f"{side}: {due:,} missing, {stale:,} stale.")
        self.stdout.write("Words of erased texts wait to be swept." if Unswept.objects.exists() else "Swept.")
        if any(sum(counts) for counts in missing.values()):
            raise CommandError("Not everything is found by what it says now: run rebuild_search.")
