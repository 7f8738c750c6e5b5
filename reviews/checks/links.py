"""Links that lead nowhere: out of the site, within the text, and to pages and articles of this site; images too."""

from ipaddress import ip_address, ip_network
from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve

from articles.addresses import article_path
from reviews.checks.noticed import REMARK, Noticed

# Names of files a text shows without a description say nothing either.
NO_WORDS = ("image", "img", "screenshot", "picture", "photo", "alt", "alt text")

FOR_EXAMPLES = [
    ip_network(written) for written in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]


class Links:
    code = "link"
    severity = REMARK

    @staticmethod
    def find(document, reading):
        anchors = {f"#{name}" for _, name, _ in reading.headings}
        for href, line in reading.links:
            if reason := broken(href) or missing(href, anchors):
                yield Noticed(place="body", line=line, message=f"The link “{href[:120]}” {reason}.")


class OwnLinks:
    """Links to this site. Whether readers see the article a link leads to is asked of the database afterwards."""

    code = "own-link"
    severity = REMARK

    @staticmethod
    def find(document, reading):
        for href, line in reading.links:
            path = own_path(href)
            if not path or broken(href):
                continue
            try:
                found = resolve(path)
            except Resolver404:
                yield Noticed(
                    place="body", line=line, message=f"The link “{href[:120]}” leads to no page of this site."
                )
                continue
            if found.namespace == "articles" and found.url_name == "article":
                yield Noticed(
                    place="body",
                    line=line,
                    message=f"The link “{href[:120]}” leads to an article that readers cannot see.",
                    unless=f"article {found.kwargs['slug']}",
                )
            elif found.namespace != "articles" and not found.view_name.startswith("reviews:record"):
                yield Noticed(
                    place="body",
                    line=line,
                    message=f"The link “{href[:120]}” leads to a page not for readers.",
                )


class Images:
    code = "image"
    severity = REMARK

    @staticmethod
    def find(document, reading):
        for source, description, line in reading.images:
            words = description.strip().casefold()
            if not words or words in NO_WORDS or words == unquote(source).rsplit("/", 1)[-1].casefold():
                yield Noticed(
                    place="body", line=line, message=f"The image {source[:120]} has no description."
                )


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
    if host and _is_private(host):
        return "leads into a private network"
    return ""


def _is_private(host):
    """Say whether a host is of somebody's own network; addresses kept for examples (RFC 5737, 3849) are nobody's."""
    if host.rsplit(".", 1)[-1] in ("local", "internal", "localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_private and not any(address in network for network in FOR_EXAMPLES)


def own_path(href):
    """Return the path of a link that leads to another page of this site, or ""."""
    here = article_path("-")  # where the page of a text stands, for links that are relative to it
    try:
        parts = urlsplit(urljoin(settings.SITE_URL + here, href))
    except ValueError:
        return ""
    path = unquote(parts.path) or "/"
    is_ours = f"{parts.scheme}://{parts.netloc}" == settings.SITE_URL
    return path if is_ours and path != here and not path.startswith(settings.STATIC_URL) else ""
