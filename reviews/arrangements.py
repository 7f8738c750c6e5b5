"""The forms of what a lead does to many seats at once: what each asks for, and the verb it leads to."""

from datetime import UTC, datetime, time, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from articles.models import Person, User
from reviews import arranging
from reviews.forms import MAX_NOTE, named
from reviews.models.review import MAX_HAND_OVER_NOTE

LONGEST_DUE = timedelta(days=366)
# Put off is not put away: what waits for longer has another reason, and a note would say it.
LONGEST_PUT_OFF = timedelta(days=90)


class Arrangement(forms.Form):
    """What one action asks for. `carry_out` does it to seats and returns an Outcome for each."""

    do_not_call_in_templates = True

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        self.by = by


class KeepFor(Arrangement):
    title = "Keep for a colleague"
    explanation = (
        "They get these first when they take the next item; everybody else passes over them for a while."
    )
    button = "Keep these"

    colleague = forms.ChoiceField()
    note = forms.CharField(required=False, max_length=MAX_HAND_OVER_NOTE, label="Note to them, if you like")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        people = Person.objects.filter(account__in=User.objects.with_perm("reviews.decide_review"))
        self.people = {str(person.uuid): (person, name) for person, name in named(people)}
        self.fields["colleague"].choices = [(key, name) for key, (_, name) in self.people.items()]

    def carry_out(self, seats):
        colleague, _ = self.people[self.cleaned_data["colleague"]]
        return arranging.keep_for(seats, colleague, by=self.by, note=self.cleaned_data["note"])


class AddLabel(Arrangement):
    title = "Label"
    explanation = "A word for the desk to find them by. Readers never see it, and no text changes."
    button = "Label these"

    label = forms.CharField(max_length=60)

    def carry_out(self, seats):
        return arranging.label(seats, self.cleaned_data["label"], by=self.by)


class RemoveLabel(AddLabel):
    title = "Take a label off"
    explanation = "The articles stay as they are."
    button = "Take it off"

    def carry_out(self, seats):
        return arranging.unlabel(seats, self.cleaned_data["label"], by=self.by)


class SetDue(Arrangement):
    title = "Set a due date"
    explanation = "Until the end of that day, UTC. It holds for every open seat of these texts."
    button = "Set it"

    due = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def clean_due(self):
        return _end_of(self.cleaned_data["due"], LONGEST_DUE)

    def carry_out(self, seats):
        return arranging.set_due(seats, self.cleaned_data["due"], by=self.by)


class PutOff(Arrangement):
    title = "Put off"
    explanation = "Nobody is offered them until that day is over, UTC. Leave it empty to bring them back now."
    button = "Put these off"

    until = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def clean_until(self):
        until = self.cleaned_data["until"]
        return _end_of(until, LONGEST_PUT_OFF) if until else None

    def carry_out(self, seats):
        return arranging.put_off(seats, self.cleaned_data["until"], by=self.by)


class SendBack(Arrangement):
    title = "Send back"
    explanation = (
        "You ask for changes to each of these texts, with one note. It is your decision on each, and stays on record; "
        "what you wrote yourself, and what somebody holds, is left alone."
    )
    button = "Send these back"

    note = forms.CharField(max_length=MAX_NOTE, strip=False, widget=forms.Textarea(attrs={"rows": 4}))

    def carry_out(self, seats):
        note = self.cleaned_data["note"].replace("\r\n", "\n")
        return arranging.send_back(seats, note, by=self.by, shown={"together": len(seats)})


ARRANGEMENTS = {
    "keep": KeepFor,
    "label": AddLabel,
    "unlabel": RemoveLabel,
    "due": SetDue,
    "put_off": PutOff,
    "send_back": SendBack,
}


def _end_of(day, most):
    moment = datetime.combine(day, time(23, 59), tzinfo=UTC)
    now = timezone.now()
    if not now < moment < now + most + timedelta(days=1):
        raise ValidationError(f"Choose a day from today on, at most {most.days} days ahead.")
    return moment
