"""manage.py synthesize: documents of our own making, to try the site with."""

import json
import sys
from contextlib import ExitStack
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from seeds.synthesizer import Shares, synthesized

MOST = 100_000_000  # numbers have eight digits


class Command(BaseCommand):
    help = (
        "Write COUNT documents as JSON Lines. The same seed gives the same bytes, and --first gives a part of them. "
        "docs/synthesizer.md says what varies."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("count", type=_whole, metavar="COUNT", help="How many documents.")
        parser.add_argument(
            "--seed", type=_whole, default=1, metavar="N", help="Which ones (1 where not given)."
        )
        parser.add_argument("--out", required=True, metavar="PATH", help="Where to; - for standard output.")
        parser.add_argument("--key", metavar="PATH", help="Where to write what is hidden in which document.")
        parser.add_argument(
            "--first", type=_whole, default=0, metavar="N", help="The number of the first document."
        )
        parser.add_argument(
            "--length", choices=["short", "long"], default="short", help="About 3.5 or 10 kilobytes each."
        )
        for name, share, what in (
            ("review", Shares().review, "ask for a human review"),
            ("fault", Shares().fault, "have a hidden fault"),
            ("duplicate", Shares().duplicate, "nearly repeat another"),
        ):
            parser.add_argument(
                f"--{name}-share",
                type=_share,
                default=share,
                metavar="SHARE",
                help=f"Which share {what}, 0 to 1.",
            )

    def handle(self, *, count, seed, out, key, first, length, **options):
        if first + count > MOST:
            raise CommandError(f"Numbers end at {MOST:,}: ask for fewer, or begin earlier.")
        if key and key == out:
            raise CommandError("The documents and their key need two files.")
        shares = Shares(**{name: options[f"{name}_share"] for name in ("review", "fault", "duplicate")})
        made = synthesized(count, seed=seed, first=first, shares=shares, long=length == "long")
        try:
            with ExitStack() as opened:
                documents = sys.stdout.buffer if out == "-" else opened.enter_context(Path(out).open("wb"))
                truths = opened.enter_context(Path(key).open("wb")) if key else None
                for document, truth in made:
                    documents.write(_line(document))
                    if truths and truth:
                        truths.write(_line(truth))
                documents.flush()
        except BrokenPipeError:
            sys.stdout = None  # whoever read has enough
        except OSError as error:
            raise CommandError(f"{error.filename or out}: {error.strerror or error}.", returncode=2) from None


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _line(value):
    return _encode(value).encode() + b"\n"


def _whole(written):
    number = int(written)
    if number < 0:
        raise ValueError
    return number


def _share(written):
    share = float(written)
    if not 0 <= share <= 1:
        raise ValueError
    return share


_whole.__name__, _share.__name__ = "whole number", "share"  # as argparse names them in its errors
