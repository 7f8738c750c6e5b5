"""Print a configuration by which nginx serves the kept pages itself: `manage.py nginx_config > editorial.conf`."""

from django.core.management.base import BaseCommand, CommandError

from articles.stored import making, nginx


class Command(BaseCommand):
    help = "Print the part of an nginx configuration that serves kept pages before this site is asked."

    def add_arguments(self, parser):
        parser.add_argument("--listen", default="80", help="what nginx listens on (default: 80)")
        parser.add_argument(
            "--upstream", default="127.0.0.1:8000", help="where this site is served (default: 127.0.0.1:8000)"
        )
        parser.add_argument(
            "--brotli", action="store_true", help="serve Brotli, too: nginx needs ngx_brotli for it"
        )

    def handle(self, *, listen, upstream, brotli, **options):
        if making.folder() is None:
            raise CommandError(making.NOT_KEPT_HERE)
        self.stdout.write(nginx.config(listen=listen, upstream=upstream, brotli=brotli), ending="")
