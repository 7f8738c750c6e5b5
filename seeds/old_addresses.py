"""Addresses at which articles stood before, kept as redirects; none takes over what is there already."""

import re

from articles.addresses import article_path
from articles.models import Article, Redirect

SLUG = re.compile(r"[-a-zA-Z0-9_]+")
MOST = 500  # characters of a path


def keep(wanted):
    """Let old addresses lead to articles. `wanted` holds (article, path).

    Returns {(article id, path): reason} for those that stay as they are, each reason a sentence.
    """
    refused = {}
    fit = []
    for article, path in wanted:
        if not path.startswith("/") or path.startswith("//") or len(path) > MOST or "\0" in path:
            refused[article.pk, path] = "This is no path that an old address can have; it does not lead here."
        elif path != article_path(article.slug):
            fit.append((article, path))
    slugs = {last for _, path in fit if SLUG.fullmatch(last := path.strip("/").rpartition("/")[2])}
    stand = Article.objects.filter(slug__in=slugs).values_list("slug", flat=True)
    taken = {article_path(slug) for slug in stand}
    # In one order, so that two imports at once do not wait for each other; of one path twice, the first stands.
    rows = {
        path: Redirect(path=path, article=article) for article, path in reversed(fit) if path not in taken
    }
    Redirect.objects.bulk_create((rows[path] for path in sorted(rows)), ignore_conflicts=True)
    leads = dict(Redirect.objects.filter(path__in=rows).values_list("path", "article"))
    for article, path in fit:
        if path in taken:
            refused[article.pk, path] = "An article stands at this address now; it does not lead here."
        elif leads.get(path) != article.pk:
            refused[article.pk, path] = "This old address leads to another article already."
    return refused
