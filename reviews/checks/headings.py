"""Headings that skip a level; the page repairs the order, but the text may be missing a section."""

from reviews.checks.noticed import REMARK, Noticed


class HeadingOrder:
    code = "headings"
    severity = REMARK

    @staticmethod
    def find(document, reading):
        last = 1
        for level, line, text in reading.heading_lines:
            if level > last + 1:
                yield Noticed(
                    place="body",
                    line=line,
                    message=f"“{text[:80]}” is a heading of level {level} after one of level {last}.",
                )
            last = level
