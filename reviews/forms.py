"""The decision form: a note, an answer to each question of the criteria, and proof of what was on the screen."""

import re
from dataclasses import dataclass, field

from django import forms
from django.core import signing

from reviews.models import Decision

MAX_NOTE = 20_000
MAX_REMARK = 2_000
ANSWERS = [("pass", "Pass"), ("fail", "Fail"), ("na", "Not applicable")]
# Not typed by anybody: the page fills them in.
HIDDEN = ("digest", "token", "page")
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
    digest = forms.CharField(required=False, widget=forms.HiddenInput)
    token = forms.UUIDField(required=False, widget=forms.HiddenInput)
    page = forms.CharField(required=False, widget=forms.HiddenInput)
    note = forms.CharField(
        required=False,
        strip=False,
        max_length=MAX_NOTE,
        help_text="Needed to ask for changes and to reject. Editors read it; readers do not.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args, questions, **kwargs):
        super().__init__(*args, **kwargs)
        self.criteria = questions
        for question in questions:
            self.fields[f"answer_{question['id']}"] = forms.ChoiceField(
                choices=ANSWERS, required=False, label=question["text"], widget=forms.RadioSelect
            )
            self.fields[f"remark_{question['id']}"] = forms.CharField(
                required=False, max_length=MAX_REMARK, label=f"Remark on “{question['text']}”"
            )

    def typed(self):
        """Return the fields a person filled in, as they were sent: to show them again, whatever is wrong with them."""
        names = [name for name in self.fields if name not in (*HIDDEN, "verdict")]
        return {name: self.data[name] for name in names if self.data.get(name)} | typed_comments(self.data)

    def complaint(self):
        """Return the first thing that is wrong with what was sent, as a sentence."""
        name, errors = next(iter(self.errors.items()))
        return f"{self.fields[name].label or name.capitalize()}: {errors[0]}"

    def clean_note(self):
        # A browser sends the line ends of a text area as CRLF, whatever was typed.
        return self.cleaned_data["note"].replace("\r\n", "\n")

    def answers(self):
        """Return the answers as a decision keeps them."""
        given = self.cleaned_data
        return [
            {
                "id": question["id"],
                "text": question["text"],
                "answer": given[f"answer_{question['id']}"],
                "note": given[f"remark_{question['id']}"],
            }
            for question in self.criteria
            if given[f"answer_{question['id']}"] or given[f"remark_{question['id']}"]
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
            }
            for question in self.criteria
        ]
