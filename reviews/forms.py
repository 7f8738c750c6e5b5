"""The decision form: a note, an answer to each question of the criteria, and proof of what was on the screen."""

import re
from collections import Counter
from dataclasses import dataclass, field

from django import forms
from django.core import signing

from reviews.errors import Incomplete
from reviews.models import Decision, Skip
from reviews.models.review import MAX_HAND_OVER_NOTE

MAX_NOTE = 20_000
MAX_REMARK = 2_000
MAX_LINK = 2_000
ANSWERS = [("pass", "Pass"), ("fail", "Fail"), ("na", "Not applicable")]
# Not typed by anybody: the page fills them in.
HIDDEN = ("digest", "token", "page")
# What the button says that was pressed.
PRESSED = ("verdict", "duplicate_of")
# What stands in the fields of the conversation, which are sent with every button of the page.
COMMENT = re.compile(r"say(-\d{1,18})?|quote")

_signer = signing.Signer(salt="reviews.desk.page")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedPage:
    """Which review a page was opened for, by whom (a person's id and name), and what it showed."""

    review: int = 0
    person: str = ""
    name: str = ""
    shown: dict = field(default_factory=dict)


def sealed_page(review, person, shown):
    """Return the hidden field that says who opened the page and what it showed; nobody can write one by hand."""
    return _signer.sign_object([review.pk, str(person.uuid), str(person), shown], compress=True)


def opened_page(sealed):
    """Read that field back; what was not sealed here says nothing."""
    try:
        review, person, name, shown = _signer.unsign_object(sealed)
    except signing.BadSignature:
        return OpenedPage()
    return OpenedPage(review=review, person=person, name=name, shown=shown)


def typed_comments(data):
    """Return {name: text} of comments that are written and not sent, with the place a new one is about."""
    typed = {name: data[name] for name in data if COMMENT.fullmatch(name) and data[name].strip()}
    return typed | {
        name: data[name] for name in ("part", "before") if data.get(name) and {"say", "quote"} & set(typed)
    }


class DecisionForm(forms.Form):
    """What a reviewer sends. Whether it suffices for the verdict is for Review.decide to say, not for the form."""

    verdict = forms.ChoiceField(choices=Decision.Verdict.choices, required=False)
    # The look-alike that its button rejects the text for, which is a verdict by itself.
    duplicate_of = forms.CharField(required=False, max_length=20)
    digest = forms.CharField(required=False, widget=forms.HiddenInput)
    token = forms.UUIDField(required=False, widget=forms.HiddenInput)
    page = forms.CharField(required=False, widget=forms.HiddenInput)
    # The ids of questions that one act passed, and that nobody has answered by themselves since.
    together = forms.CharField(required=False, widget=forms.HiddenInput)
    note = forms.CharField(
        required=False,
        strip=False,
        max_length=MAX_NOTE,
        help_text="Needed to ask for changes and to reject. Editors read it; readers do not.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args, questions, blocking=(), items=(), together=False, **kwargs):
        """`blocking` are the findings that an approval has to overrule, `items` the article's own checks; `together`
        says whether one act may pass what is open."""
        super().__init__(*args, **kwargs)
        self.criteria, self.blocking, self.items = questions, blocking, items
        self.may_pass_together = together
        for question in questions:
            self.fields[f"answer_{question['id']}"] = forms.ChoiceField(
                choices=ANSWERS, required=False, label=question["text"], widget=forms.RadioSelect
            )
            self.fields[f"remark_{question['id']}"] = forms.CharField(
                required=False, max_length=MAX_REMARK, label=f"Remark on “{question['text']}”"
            )
            self.fields[f"link_{question['id']}"] = forms.CharField(
                required=False, max_length=MAX_LINK, label=f"Link beside “{question['text']}”"
            )
        for finding in blocking:
            self.fields[f"overrule_{finding.pk}"] = forms.CharField(
                required=False, max_length=MAX_REMARK, label=f"Why finding {finding.number} is overruled"
            )
        for number, item in enumerate(items, start=1):
            self.fields[f"ticked_{number}"] = forms.BooleanField(required=False, label=item)

    def typed(self):
        """Return the fields a person filled in, as they were sent: to show them again, whatever is wrong with them."""
        names = [name for name in self.fields if name not in (*HIDDEN, *PRESSED)]
        typed = {name: self.data[name] for name in names if self.data.get(name)} | typed_comments(self.data)
        if not self.may_pass_together:
            for question in typed.pop("together", "").split():
                typed.pop(f"answer_{question}", None)
        return typed

    def passed_together(self):
        """Return the fields that pass every question which is still open, and say so."""
        ids = [one["id"] for one in self.criteria if not self.data.get(f"answer_{one['id']}")]
        if not (ids and self.may_pass_together):
            return {}
        said = f"{self.data.get('together', '')} {' '.join(ids)}".strip()
        return {"together": said} | {f"answer_{one}": "pass" for one in ids}

    def complaint(self):
        """Return the first thing that is wrong with what was sent, as a sentence."""
        name, errors = next(iter(self.errors.items()))
        return f"{self.fields[name].label or name.capitalize()}: {errors[0]}"

    def clean_note(self):
        # A browser sends the line ends of a text area as CRLF, whatever was typed.
        return self.cleaned_data["note"].replace("\r\n", "\n")

    def chosen(self):
        """Return the verdict of the button that was pressed, or ""."""
        given = self.cleaned_data
        return Decision.Verdict.REJECT.value if given["duplicate_of"] else given["verdict"]

    def answers(self):
        """Return the answers as a decision keeps them."""
        given = self.cleaned_data
        return [
            {
                "id": question["id"],
                "text": question["text"],
                "answer": given[f"answer_{question['id']}"],
                "note": given[f"remark_{question['id']}"],
                "link": given[f"link_{question['id']}"],
            }
            for question in self.criteria
            if any(given[f"{name}_{question['id']}"] for name in ("answer", "remark", "link"))
        ]

    def passed(self):
        """Return the ids of the questions that one act passed, in order."""
        given = self.cleaned_data
        return [
            one["id"]
            for one in self.criteria
            if one["id"] in given["together"].split() and given[f"answer_{one['id']}"] == "pass"
        ]

    def overruled(self):
        """Return {id of a finding: why it does not stand in the way}."""
        return {one.pk: self.cleaned_data[f"overrule_{one.pk}"] for one in self.blocking}

    def ticked(self):
        """Return the numbers, from 1, of the article's own checks that were held against the text."""
        return [
            number for number, _ in enumerate(self.items, start=1) if self.cleaned_data[f"ticked_{number}"]
        ]

    def ticks(self):
        """Return the article's own checks for the page, with what was ticked so far."""
        return [
            {"name": f"ticked_{number}", "text": item, "checked": bool(self[f"ticked_{number}"].value())}
            for number, item in enumerate(self.items, start=1)
        ]

    def questions(self):
        """Return the questions for the page, with what was answered so far."""
        return [
            {
                **question,
                "name": f"answer_{question['id']}",
                "value": self[f"answer_{question['id']}"].value() or "",
                "note_name": f"remark_{question['id']}",
                "note": self[f"remark_{question['id']}"].value() or "",
                "link_name": f"link_{question['id']}",
                "link": self[f"link_{question['id']}"].value() or "",
            }
            for question in self.criteria
        ]


class SkipForm(forms.Form):
    """Why a person passes over a seat: one of few reasons, by its button, and words to it if they like."""

    skip_reason = forms.ChoiceField(choices=Skip.Reason.choices)
    skip_words = forms.CharField(required=False, max_length=250)

    def reason(self):
        """Return the reason as colleagues read it. Raises Incomplete where there is none."""
        if not self.is_valid():
            raise Incomplete("Say why you skip it: choose one of the reasons, and keep your words short.")
        label = Skip.Reason(self.cleaned_data["skip_reason"]).label
        return ": ".join(filter(None, [label, self.cleaned_data["skip_words"]]))


class HandOverForm(forms.Form):
    """To whom a person hands a seat over, by the name the page offered, with a note if they like."""

    hand_over_to = forms.CharField(max_length=400)
    hand_over_note = forms.CharField(required=False, max_length=MAX_HAND_OVER_NOTE)

    def colleague(self, people):
        """Return who was chosen among `people`. Raises Incomplete for a name that is none of theirs."""
        name = self.is_valid() and self.cleaned_data["hand_over_to"]
        if not name:
            raise Incomplete("Choose who is to have it, and keep your note short.")
        found = {label: person for person, label in named(people)}.get(name)
        if found is None:
            raise Incomplete(
                f"“{name}” cannot take this one: they wrote, decided, hold or skipped it, or may not decide reviews. "
                "Choose a colleague from the list."
            )
        return found


def named(people):
    """Return [(person, name)] in the order of names; where two are the same, those of the accounts tell them apart."""
    people = sorted(people.select_related("account"), key=lambda person: (str(person).casefold(), person.pk))
    count = Counter(str(person) for person in people)
    return [
        (person, str(person) if count[str(person)] == 1 else f"{person} ({person.account})")
        for person in people
    ]


def typed_beside(posted):
    """Return what was typed into the forms beside the decision, to show it again."""
    names = ("skip_words", "hand_over_to", "hand_over_note")
    return {name: posted[name] for name in names if posted.get(name)}
