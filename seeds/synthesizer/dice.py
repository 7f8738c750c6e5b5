"""Draws that are the same wherever and whenever they are made."""

import random
from hashlib import blake2b


class Dice:
    """Draws for one purpose, told apart by what it is called: no draw depends on those for another.

    Only random() is used of Python's generator, whose results are promised to stay the same between versions.
    """

    def __init__(self, *names):
        named = "/".join(str(name) for name in names)
        self.random = random.Random(int.from_bytes(blake2b(named.encode(), digest_size=16).digest())).random

    def below(self, end):
        """Return a whole number from 0 up to, without, `end`."""
        return int(self.random() * end)

    def between(self, least, most):
        """Return a whole number from `least` up to and with `most`."""
        return least + int(self.random() * (most - least + 1))

    def one(self, things):
        """Return one of `things`."""
        return things[int(self.random() * len(things))]

    def some(self, things, count):
        """Return `count` different ones of `things`, in the order they were drawn."""
        left = list(things)
        return [left.pop(int(self.random() * len(left))) for _ in range(min(count, len(left)))]

    def happens(self, share):
        """Say yes in this share of all cases, from 0 to 1."""
        return self.random() < share
