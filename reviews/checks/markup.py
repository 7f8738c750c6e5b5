"""Raw HTML: it is shown as the text it is, which the author may not have meant."""

from reviews.checks.noticed import REMARK, Noticed


class MarkupShownAsText:
    code = "markup"
    severity = REMARK

    @staticmethod
    def find(document, reading):
        for line, snippet in reading.raw_html:
            yield Noticed(place="body", line=line, message=f"Raw HTML is shown as text: {snippet}")
