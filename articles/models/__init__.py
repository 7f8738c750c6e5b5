from articles.models.article import Article, Redirect
from articles.models.counts import ArticleReads, RuleCount
from articles.models.intake import ImportProblem, ImportRun
from articles.models.people import Person, User
from articles.models.purge import Purge
from articles.models.release import Release
from articles.models.revision import Contributor, Erasure, Revision, Text, TextErased
from articles.models.search import PublicWords, StaffWords, Unswept
from articles.models.signature import LookAlike, Signature, SignatureKey
from articles.models.similar import Similar, SimilarList
from articles.models.topics import (
    ArticleTag,
    Checklist,
    ChecklistUse,
    ChecklistVersion,
    Entity,
    EntityAlias,
    Mention,
    Tag,
    TagAlias,
)

__all__ = [
    "Article",
    "ArticleReads",
    "ArticleTag",
    "Checklist",
    "ChecklistUse",
    "ChecklistVersion",
    "Contributor",
    "Entity",
    "EntityAlias",
    "Erasure",
    "ImportProblem",
    "ImportRun",
    "LookAlike",
    "Mention",
    "Person",
    "PublicWords",
    "Purge",
    "Redirect",
    "Release",
    "Revision",
    "RuleCount",
    "Signature",
    "SignatureKey",
    "Similar",
    "SimilarList",
    "StaffWords",
    "Tag",
    "TagAlias",
    "Text",
    "TextErased",
    "Unswept",
    "User",
]
