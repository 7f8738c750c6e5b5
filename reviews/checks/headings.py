"""Headings that skip a level, which the page repairs, though a section may be missing; and headings without words."""

from reviews.checks.noticed import REMARK, Noticed


class HeadingOrder:
    code = "headings"
    severity = REMARK

    @staticmethod
    def find(document, reading):
        last = 1
        for level, line, text in reading.heading_lines:
            if not text.strip():
                yield Noticed(place="body", line=line, message=f"A heading of level {level} has no words.")
            if level > last + 1:
                yield Noticed(
                    place="body",
                    line=line,
                    message=f"“{text[:80]}” is a heading of level {level} after one of level {last}.",
                )
            last = level
