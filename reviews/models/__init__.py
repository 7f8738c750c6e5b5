from reviews.models.block import ApprovedBlock
from reviews.models.check import CheckRun, Due, Finding
from reviews.models.decision import Decision, Note
from reviews.models.facet import Facet, Label
from reviews.models.hold import Hold
from reviews.models.ledger import LedgerEntry, LedgerHead
from reviews.models.look import Look
from reviews.models.policy import Criteria, CriteriaVersion, Policy, PolicyVersion
from reviews.models.requirement import Requirement, Terms
from reviews.models.review import Review
from reviews.models.sample import Batch, Sample, SamplePlan, SamplePlanVersion, batch_of, draw
from reviews.models.skip import Skip
from reviews.models.thread import Comment, Thread

__all__ = [
    "ApprovedBlock",
    "Batch",
    "CheckRun",
    "Comment",
    "Criteria",
    "CriteriaVersion",
    "Decision",
    "Due",
    "Facet",
    "Finding",
    "Hold",
    "Label",
    "LedgerEntry",
    "LedgerHead",
    "Look",
    "Note",
    "Policy",
    "PolicyVersion",
    "Requirement",
    "Review",
    "Sample",
    "SamplePlan",
    "SamplePlanVersion",
    "Skip",
    "Terms",
    "Thread",
    "batch_of",
    "draw",
]
