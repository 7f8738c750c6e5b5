"""Links that lead nowhere, within the text too, and images without a description."""

from urllib.parse import urlsplit

from reviews.checks.noticed import REMARK, Noticed


class Links:
    code = "link"
    severity = REMARK

    @staticmethod
    def find(document, reading):
        anchors = {f"#{name}" for _, name, _ in reading.headings}
        for href in reading.links:
            if reason := broken(href) or missing(href, anchors):
                yield Noticed(place="body", message=f"The link “{href[:120]}” {reason}.")
        for source, description in reading.images:
            if not description.strip():
                yield Noticed(place="body", message=f"The image {source[:120]} has no description.")


def missing(href, anchors):
    """Say that a link leads to no section of this text, or return ""."""
    leads_within = href.startswith("#") and href not in ("#", "#top")  # these two lead to its beginning
    return "leads to no section of this text" if leads_within and href not in anchors else ""


def broken(href):
    """Say what is wrong with an address, or return ""."""
    if not href.strip():
        return "is empty"
    try:
        parts = urlsplit(href)
        host = parts.hostname
    except ValueError:
        return "is not an address"
    if parts.scheme in ("http", "https") and not host:
        return "names no host"
    if parts.scheme and parts.scheme not in ("http", "https", "mailto"):
        return f"uses {parts.scheme}:, which readers cannot follow"
    if host and host.rsplit(".", 1)[-1] in ("local", "internal", "localhost"):
        return "leads into a private network"
    return ""
