"""The admin of the review side. Articles are edited here, and every change goes through the verbs of reviews."""

from reviews.admin import articles, lookups, policies, topics

__all__ = ["articles", "lookups", "policies", "topics"]
