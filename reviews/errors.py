"""What a person is told when something they asked for cannot be done. Every message is a sentence for people."""


class NotDone(Exception):
    """The request was refused and nothing changed."""


class NotAllowed(NotDone):
    """This person may not do this: they contributed to the text, sit on another seat, or lack the right."""


class Incomplete(NotDone):
    """Something is missing from what was sent: an answer, a note, a reason."""


class Conflict(NotDone):
    """Somebody or something was faster. `review` is as it is now; what was typed is the caller's to keep."""

    def __init__(self, review, message):
        super().__init__(message)
        self.review = review


class Stale(NotDone):
    """The article moved on since the person read it. `article` is as it is now."""

    def __init__(self, article, message):
        super().__init__(message)
        self.article = article


class GateClosed(NotDone):
    """The gate (P1) keeps this revision from readers; `reasons` say why, a sentence each."""

    def __init__(self, reasons):
        super().__init__(" ".join(reasons))
        self.reasons = reasons
