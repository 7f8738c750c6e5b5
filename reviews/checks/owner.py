"""Documents that name nobody who answers for them."""

from reviews.checks.noticed import REMARK, Noticed


class NamesItsOwner:
    code = "owner"
    severity = REMARK

    @staticmethod
    def find(document, reading):
        if not document.owner:
            yield Noticed(
                place="meta.owner",
                message="It names no owner: the release will ask for one.",
                unless="owner",
            )
