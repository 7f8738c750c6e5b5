"""Sentences a generator leaves behind."""

import re

from reviews.checks.noticed import BLOCKING, Noticed, line_of, texts

LEFT_BEHIND = re.compile(
    r"\bas an? (?:ai|artificial intelligence|large language model|language model)\b"
    r"|\[(?:insert|your|add|todo)\b[^\]\n]{0,80}\]"
    r"|\blorem ipsum\b"
    r"|\bi (?:cannot|can't|am unable to) (?:assist|help) with\b",
    re.IGNORECASE,
)


class Boilerplate:
    code = "boilerplate"
    severity = BLOCKING

    @staticmethod
    def find(document, reading):
        for path, text in texts(document.data):
            if match := LEFT_BEHIND.search(text):
                yield Noticed(
                    place=path,
                    line=line_of(text, match.start()) if path == "body" else None,
                    message=f"A generator left “{match[0]}” behind.",
                )
