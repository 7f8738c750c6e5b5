"""Keys and tokens that must not be published."""

import re

from reviews.checks.noticed import BLOCKING, Noticed, line_of, texts

# Prefixes are the issuers' own documented forms.
SECRET = re.compile(
    r"(?P<private>-----BEGIN [A-Z ]*PRIVATE KEY-----)"
    r"|(?P<aws>\b(?:AKIA|ASIA)[0-9A-Z]{16}\b)"
    r"|(?P<github>\bgh[pousr]_[A-Za-z0-9]{36,}\b)"
    r"|(?P<slack>\bxox[abprs]-[A-Za-z0-9-]{10,})"
    r"|(?P<stripe>\bsk_live_[A-Za-z0-9]{16,})"
)
NAMES = {
    "private": "a private key",
    "aws": "an AWS access key",
    "github": "a GitHub token",
    "slack": "a Slack token",
    "stripe": "a live payment key",
}


class Secrets:
    code = "secret"
    severity = BLOCKING

    @staticmethod
    def find(document, reading):
        for path, text in texts(document.data):
            for match in SECRET.finditer(text):
                yield Noticed(
                    place=path,
                    line=line_of(text, match.start()) if path == "body" else None,
                    message=f"This looks like {NAMES[match.lastgroup]}. Take it out; if it is real, have it revoked.",
                )
