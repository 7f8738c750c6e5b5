"""Make the pages of all released articles that are not kept yet, as after an upgrade: `manage.py keep_pages`."""

from django.core.management.base import BaseCommand, CommandError

from articles.stored import making


class Command(BaseCommand):
    help = "Make the pages of all released articles that are not kept yet, the newest first. Safe to stop and repeat."

    def handle(self, **options):
        if making.folder() is None:
            raise CommandError(making.NOT_KEPT_HERE)
        made = sum(making.fill())
        self.stdout.write(f"Made {made:,} page{'' if made == 1 else 's'} in {making.folder().root}.")
