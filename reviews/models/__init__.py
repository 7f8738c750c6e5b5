from reviews.models.block import ApprovedBlock
from reviews.models.check import CheckRun, Due, Finding
from reviews.models.decision import Decision, Note
from reviews.models.facet import Facet, Label
from reviews.models.ledger import LedgerEntry, LedgerHead
from reviews.models.look import Look
from reviews.models.policy import Criteria, CriteriaVersion, Policy, PolicyVersion
from reviews.models.requirement import Requirement, Terms
from reviews.models.review import Review
from reviews.models.skip import Skip
from reviews.models.thread import Comment, Thread

__all__ = [
    "ApprovedBlock",
    "CheckRun",
    "Comment",
    "Criteria",
    "CriteriaVersion",
    "Decision",
    "Due",
    "Facet",
    "Finding",
    "Label",
    "LedgerEntry",
    "LedgerHead",
    "Look",
    "Note",
    "Policy",
    "PolicyVersion",
    "Requirement",
    "Review",
    "Skip",
    "Terms",
    "Thread",
]
