"""manage.py demo: fill an empty site with a story; `make demo` calls it."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from seeds import demo


class Command(BaseCommand):
    help = "Fill an empty demo site and print where to look and how to sign in. Again, it adds and loses nothing."

    def handle(self, **options):
        if not settings.DEMO:
            raise CommandError(
                "The demo has sign-ins with public passwords, so it fills nothing but a demo: make demo, or DEMO=1."
            )
        demo.fill(self.stdout.write)
        self._print_addresses()

    def _print_addresses(self):
        site = settings.SITE_URL
        lines = ["", "Look at"]
        article = demo.flagship()
        addresses = [("Readers", "/"), ("Reviewers", "/review/"), ("Editors", "/admin/")]
        if article:
            addresses.insert(1, ("An article", article.get_absolute_url()))
        lines += [f"  {name:<11} {site}{path}" for name, path in addresses]
        lines += ["", "Sign in as"]
        lines += [f"  {username:<13} {password}" for username, (_, password, _) in demo.SIGN_INS.items()]
        self.stdout.write("\n".join([*lines, ""]))
