"""manage.py verify_ledger: prove the ledger, or name the first bad entry."""

import re

from django.core.management.base import BaseCommand, CommandError

from reviews.verification import verify


class Command(BaseCommand):
    help = "Verify the ledger. Exit status 0 and a summary, or 1 and the first bad entry with what is wrong with it."

    def add_arguments(self, parser):
        parser.add_argument(
            "--expect",
            metavar="SEQ:HASH",
            help="A head printed by an earlier run and kept elsewhere. Shows a cut tail and a ledger written anew.",
        )

    def handle(self, *, expect, **options):
        expected = None
        if expect:
            if not (match := re.fullmatch(r"(\d+):([0-9a-f]{64})", expect)):
                raise CommandError(
                    "--expect takes a head as this command prints it: a number, a colon, 64 hex digits."
                )
            expected = int(match[1]), match[2]
        proof = verify(expected)
        if proof.fault:
            raise CommandError(f"The ledger is not what it was: {proof.fault}", returncode=1)
        self.stdout.write(f"The ledger is whole: {proof.entries} entries, head {proof.head}")
