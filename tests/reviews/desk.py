"""The desk as a browser without scripts sees it: pages, their forms, and what pressing a button sends."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.urls import reverse

from reviews.models import Review
from tests.makers import make_article


@dataclass
class Form:
    """A form of a page: where it goes, its fields as they stand, and its buttons by their words."""

    action: str
    id: str = ""
    fields: dict = field(default_factory=dict)
    buttons: dict = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms, self.area, self.button, self.choice = [], None, None, None
        self.pressable, self.named = [], {}

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            form = self.named.setdefault(given.get("id"), Form("")) if given.get("id") else Form("")
            form.action, form.id = given.get("action", ""), given.get("id", "")
            self.forms.append(form)
        if not self.forms:
            return
        # A field goes with the form it names, which may stand behind it, else with the one around it.
        named = self.named.setdefault(given["form"], Form("")) if given.get("form") else None
        fields = (named or self.forms[-1]).fields
        if tag == "input" and given.get("name"):
            if given.get("type") not in ("radio", "checkbox") or "checked" in given:
                fields[given["name"]] = given.get("value") or ""
        elif tag == "textarea" and given.get("name"):
            self.area, self.around = given["name"], fields
            fields[self.area] = ""
        elif tag == "select":
            self.choice, self.around = given, fields
        elif tag == "option" and self.choice and self.choice.get("name"):
            # A list that takes one value has its first one where none is chosen.
            if "selected" in given or "multiple" not in self.choice:
                chosen = given.get("value", "")
                self.around[self.choice["name"]] = (
                    chosen if "selected" in given else self.around.get(self.choice["name"], chosen)
                )
        elif tag == "button":
            self.button = (given, [])

    def handle_data(self, data):
        if self.area:
            self.around[self.area] += data
        if self.button:
            self.button[1].append(data)

    def handle_endtag(self, tag):
        if tag == "textarea" and self.area:
            # The first line end of a text area is not part of its text.
            self.around[self.area] = self.around[self.area].removeprefix("\n")
            self.area = None
        elif tag == "button" and self.button:
            given, words = self.button
            self.pressable.append(((words or [""])[0].strip(), given, self.forms[-1]))
            self.button = None

    def give_buttons(self):
        """Give each button to its form: the one it names, which may stand before or behind it, else the one around."""
        for words, given, around in self.pressable:
            named = (form for form in self.forms if form.id and form.id == given.get("form"))
            next(named, around).buttons[words] = given


def forms_of(response):
    parser = _Forms()
    parser.feed(response.content.decode())
    parser.give_buttons()
    return parser.forms


def form_of(response, button):
    """The form of a page that has this button."""
    [form] = [form for form in forms_of(response) if button in form.buttons]
    return form


def fields_with(response, name):
    """The fields of the page's first form that has one of this name."""
    return next(form.fields for form in forms_of(response) if name in form.fields)


def has_button(response, button):
    return any(button in form.buttons for form in forms_of(response))


def press(client, response, button, **typed):
    """Type into the form that has this button, press it, and return the answer."""
    form = form_of(response, button)
    pressed = form.buttons[button]
    fields = form.fields | typed
    if pressed.get("name"):
        fields[pressed["name"]] = pressed["value"]
    action = pressed.get("formaction") or form.action or response.request["PATH_INFO"]
    return client.post(action, fields)


def sign_in_again(client, response, username, password=None):
    """Sign in on the page that keeps what was typed, and return the answer."""
    said = {"sign_in-username": username, "sign_in-password": password or username * 2}
    return press(client, response, "Sign in and go on", **said)


def sign_in(client, person):
    client.force_login(person.account)
    return client


def waiting(source_id="note-1", **changes):
    """The open seat of an article that asks for human review."""
    return Review.objects.open().get(article=make_article(source_id, flagged=True, **changes))


def url_of(review):
    return reverse("reviews:review", args=[review.pk])


def held(person, source_id="note-1", **changes):
    """A seat this person has taken."""
    return waiting(source_id, **changes).claim(by=person)


def all_passed(response):
    """An answer of "pass" to every question of the page."""
    return {question["name"]: "pass" for question in response.context["questions"]}
