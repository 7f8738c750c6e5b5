"""Read one setting from the environment; a bad value ends in one line that names it.

django-environ parses the file and the URLs. These readers are stricter than its own, which take `DEBUG=maybe` for
false, fail on an empty number with a traceback, and look up a password that begins with `$` as another variable.
An empty value counts as not set. All raise ImproperlyConfigured.
"""

import ipaddress
import os
import secrets
import warnings
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environ import Env

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}
ENGINES = {"django.db.backends.sqlite3", "django.db.backends.postgresql"}


def text(name, default=""):
    return os.environ.get(name, "").strip() or default


def flag(name, default):
    value = text(name).lower()
    if value and value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to true or false.")
    return value in TRUE if value else default


def number(name, default, *, least):
    value = text(name)
    # ASCII digits only: int() would also take "1_000", " 12 " and digits of other scripts.
    if value and not (value.isascii() and value.isdigit()):
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to a whole number, {least} or more.")
    result = int(value) if value else default
    if result < least:
        raise ImproperlyConfigured(f"{name} is {result}: set it to {least} or more.")
    return result


def choice(name, default, *others):
    value = text(name, default)
    if value not in (default, *others):
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to {' or '.join([default, *others])}.")
    return value


def words(name, default):
    """Return a list of what stands between commas, without the spaces around it."""
    return [word.strip() for word in text(name).split(",") if word.strip()] or default


def contacts(name):
    """Return a list of addresses that somebody answers at, as security.txt has them (RFC 9116, 2.5.3)."""
    found = words(name, [])
    for contact in found:
        scheme, _, rest = contact.partition(":")
        if scheme not in ("https", "mailto", "tel") or not rest or not contact.isascii() or " " in contact:
            raise ImproperlyConfigured(
                f"{name} is {contact!r}: set it to such as mailto:security@example.org or https://example.org/report."
            )
    return found


def day(name):
    """Return the moment at which a day such as 2027-01-31 begins (UTC), or None where none is set."""
    value = text(name)
    if not value:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to a date such as 2027-01-31.") from None


def site_url(name, default):
    """Return the site's own address without a closing slash, and its host. Plain http is for this machine only."""
    value = text(name, default).rstrip("/")
    try:
        parts = urlsplit(value)
        port = parts.port  # raises on a port that is none
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}, which is not an address.") from None
    host = parts.hostname or ""
    if (
        parts.scheme not in ("http", "https")
        or not host
        or port == 0
        or value != f"{parts.scheme}://{parts.netloc}"
    ):
        raise ImproperlyConfigured(
            f"{name} is {value!r}: set it to scheme and host, such as https://example.org."
        )
    if parts.username is not None:
        raise ImproperlyConfigured(f"{name} must not hold a user name or a password.")
    if parts.scheme == "http" and not is_loopback(host):
        raise ImproperlyConfigured(f"{name} is {value!r}: http is for this machine only, use https.")
    return value, host


def is_loopback(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def database(name, default_file):
    """Return Django's settings of the database at this URL, or of SQLite at `default_file`."""
    url = text(name)
    if not url:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(default_file), "OPTIONS": {}}
    with warnings.catch_warnings(action="ignore"):  # they quote the URL, password included
        try:
            config = Env.db_url_config(url)
        except (ValueError, ImproperlyConfigured):
            config = {}
    if config.get("ENGINE") not in ENGINES or not config.get("NAME"):
        raise ImproperlyConfigured(
            f"{name} is not understood: use postgres://user:password@host:5432/name or sqlite:////path/to/file."
        )
    return {"OPTIONS": {}, **config}


def cache(name, default):
    """Return Django's settings of the cache at this URL."""
    try:
        return Env.cache_url_config(text(name, default))
    except (ValueError, ImproperlyConfigured):
        raise ImproperlyConfigured(f"{name} is not understood: use such as redis://host:6379/0.") from None


def kept_secret(path):
    """Return the secret in the file at `path`, made on first use and readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        # Two processes may start at once: the link is made by one of them, and both read that one's secret.
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
