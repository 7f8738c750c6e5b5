"""A configuration for nginx, made from the rules: kept pages from their files, everything else from this site."""

from django.conf import settings

from articles.stored import making
from articles.stored.rules import RULES, WORD

HTML = {"": "text/html; charset=utf-8"}
# rule: what an address ends with, and the type of what is there
TYPES = {
    "article": HTML,
    "home": HTML,
    "list": HTML,
    "source": {"md": "text/markdown; charset=utf-8", "json": "application/json"},
    "feed": {"atom": "application/atom+xml; charset=utf-8", "json": "application/feed+json"},
}
# Of each answer: nginx says these itself, or must not say them of all pages.
NOT_OF_ALL = {"Content-Type", "Content-Length", "ETag", "Cache-Control", "X-Robots-Tag", "Vary"}

PASS_ON = """\
        proxy_pass http://editorial$request_uri;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-Proto $scheme;
"""
CONFIG = """\
# Made by `manage.py nginx_config` from articles/stored/rules.py, for {site}. Make it anew after an upgrade.
#
# What nginx answers itself is not measured: neither who reads an article nor hits of a rule are counted. nginx has no
# clock for pages: one whose review ends is served as it was until the job `lapse` has run, within an hour. Pages that
# no search engine is to keep are left to the site, which says so in a header. After an upgrade old pages are served
# until `manage.py keep_pages` or a reader of the site itself has made new ones.

upstream editorial {{
    server {upstream};
    keepalive 16;
}}

server {{
    listen {listen};
    server_name {host};
    root "{root}/live";
    gunzip on;

    location / {{
{pass_on}    }}
    location @site {{
{pass_on}    }}
{locations}}}
"""
LOCATION = """
    # {name}: {why}
    location ~ "^(?:{pattern})$" {{
        error_page 404 405 418 = @site;
        if ($request_method !~ "^(GET|HEAD)$") {{ return 418; }}
{bypass}        rewrite "^(.*)/$" $1/index break;
        types {{ }}
        default_type "{kind}";
        gzip_static always;
{brotli}        log_not_found off;
{headers}
        add_header X-Cache-Rule "{name}";
    }}
"""


def config(*, listen, upstream, brotli):
    """Return the configuration as text. Headers are those that the site itself sends with a list."""
    response, _ = making.render("/articles/")
    headers = [(name, value) for name, value in response.items() if name not in NOT_OF_ALL]
    headers += [("Cache-Control", making.CACHE_CONTROL), ("Vary", "Accept-Encoding")]
    said = "\n".join(f'        add_header {name} "{value}";' for name, value in headers)
    return CONFIG.format(
        site=settings.SITE_URL,
        host=settings.SITE_HOST,
        upstream=upstream,
        listen=listen,
        root=making.folder().root.resolve(),
        pass_on=PASS_ON,
        locations="".join(_location(rule, *where, said, brotli) for rule, *where in _places()),
    )


def _places():
    """Yield (rule, pattern, content type), for each type of what a rule keeps."""
    for rule in RULES:
        for ending, kind in TYPES[rule.name].items() if rule.is_kept else ():
            # A slug has no dot; what else it may have is for the site to say.
            pattern = rule.pattern.replace(WORD, "[^/.]+")
            yield rule, pattern.replace("(?:md|json)", ending).replace("(?:atom|json)", ending), kind


def _location(rule, pattern, kind, headers, brotli):
    # However a parameter's name is written: one that is written in signs goes to the site, too.
    bypassed = [
        f'        if ($args ~ "(^|&)[^=]*(%|{name})") {{ return 418; }}\n' for name in rule.bypassed_by
    ]
    return LOCATION.format(
        name=rule.name,
        why=rule.why,
        pattern=pattern,
        kind=kind,
        bypass="".join(bypassed),
        brotli="        brotli_static always;\n" if brotli else "",
        headers=headers,
    )
