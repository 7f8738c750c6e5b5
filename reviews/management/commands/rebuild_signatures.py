"""Make the signatures anew by which look-alikes are found."""

from django.core.management.base import BaseCommand

from reviews import lookalikes


class Command(BaseCommand):
    help = "Give every revision without a signature of today's format one. Stop it and run it again at will."

    def handle(self, *, verbosity, **options):
        done = 0
        for count in lookalikes.rebuild():
            done += count
            if verbosity > 1:
                self.stderr.write(f"{done} revisions so far")
        self.stdout.write(self.style.SUCCESS(f"{done} revisions have got their signature."))
