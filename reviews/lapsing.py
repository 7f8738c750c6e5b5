"""Public articles whose review has grown old: their text goes back to review.

What readers and search engines are told needs no job, since `indexable_until` is a moment that passes by itself (P4).
This is what asks reviewers for another look.
"""

from django.db import transaction

from articles.models import Article
from reviews import intake
from reviews.templatetags.desk import moment

BATCH = 20  # articles whose locks are held at once


@transaction.atomic
def ask_again(*, most=BATCH):
    """Send at most `most` texts whose approvals grew old back to review, and return how many; 0 where none is left.

    Asking takes `indexable_until` away, so that each is asked for once. Safe to run again, and to run twice at once.
    """
    oldest = Article.objects.lapsed().order_by("indexable_until").values_list("pk", flat=True)
    # The rule is asked once more of the locked rows: somebody may have reviewed or withdrawn one meanwhile.
    articles = list(
        Article.objects.lapsed().filter(pk__in=list(oldest[:most])).order_by("pk").select_for_update()
    )
    asked = [
        (
            article.current_release.revision,
            article,
            [(intake.Reason.STALE, f"Its review ended on {moment(article.indexable_until)}.")],
        )
        for article in articles
    ]
    intake.require(asked)
    for revision, article, _ in asked:
        intake.reopen(revision, article)
    return len(articles)
