"""The editor's form over a document: comfortable fields for what is known, JSON for all the rest.

A field that comes back as it went out keeps its value to the last character. Browsers send CRLF and forms strip, so
opening and saving any article unchanged would otherwise make a revision.
"""

import json
import re
from dataclasses import dataclass

from django import forms
from django.conf import settings

from articles.canonical import BadJSON, read_json
from articles.document import Refused, from_data

REMOVED = object()
KNOWN_FLAGS = ("ai_generated_style", "has_images", "image_heavy", "needs_human_review")


def same_lines(text):
    """Return a text with the line ends a browser may have changed made equal."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


# How values become text and back ------------------------------------------------------------------------------
# `to_text` returns None for a value the field cannot hold; it then stays in the JSON below.


def _line_to_text(value):
    return value if isinstance(value, str) and "\n" not in value and "\r" not in value else None


def _text_to_text(value):
    return value if isinstance(value, str) else None


def _number_to_text(value):
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _lines_to_text(value):
    if isinstance(value, list) and all(isinstance(one, str) and one.strip() == one != "" for one in value):
        text = "\n".join(value)
        return text if _text_to_lines(text) == value else None
    return None


def _entities_to_text(value):
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return None
    try:
        text = "\n".join(f"{one['name']} | {one['type']}" for one in value)
        return text if _text_to_entities(text) == value else None
    except (KeyError, TypeError):
        return None


def _text_to_number(text):
    """Return a whole number, or the text itself, which the document then refuses in its own words."""
    return int(text) if re.fullmatch(r"\s*-?[0-9]{1,15}\s*", text) else text.strip()


def _text_to_lines(text):
    return [line.strip() for line in same_lines(text).split("\n") if line.strip()]


def _text_to_entities(text):
    entities = []
    for line in _text_to_lines(text):
        name, bar, kind = line.rpartition("|")
        entities.append({"name": name.strip(), "type": kind.strip()} if bar else {"name": line})
    return entities


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One field of the form: where its value stands in the document, and how it is written."""

    name: str
    to_text: object
    from_text: object = same_lines
    in_meta: bool = True

    def home(self, data):
        return data.get("meta") or {} if self.in_meta else data

    def text(self, data):
        """Return the value as text, or None where this field cannot hold it."""
        home = self.home(data)
        return self.to_text(home[self.name]) if self.name in home else ""


PARTS = [
    Part(name="title", to_text=_line_to_text, in_meta=False),
    Part(name="body", to_text=_text_to_text, in_meta=False),
    Part(name="lang", to_text=_line_to_text, in_meta=False),
    Part(name="dir", to_text=_line_to_text, in_meta=False),
    Part(name="tags", to_text=_lines_to_text, from_text=_text_to_lines, in_meta=False),
    Part(name="summary", to_text=_text_to_text),
    Part(name="topic", to_text=_line_to_text),
    Part(name="difficulty", to_text=_line_to_text),
    Part(name="reading_time", to_text=_number_to_text, from_text=_text_to_number),
    Part(name="code_language", to_text=_line_to_text),
    Part(name="stack", to_text=_lines_to_text, from_text=_text_to_lines),
    Part(name="tools", to_text=_lines_to_text, from_text=_text_to_lines),
    Part(name="checklist", to_text=_lines_to_text, from_text=_text_to_lines),
    Part(name="entities", to_text=_entities_to_text, from_text=_text_to_entities),
]
ALWAYS = ("title", "body")


def _area(rows, **attrs):
    return forms.Textarea(attrs={"rows": rows, "class": "vLargeTextField", "dir": "auto", **attrs})


LINE = {"class": "vTextField", "dir": "auto"}


class ArticleForm(forms.Form):
    """The document as an editor works on it. `edited()` gives the document that the form says."""

    base = forms.CharField(widget=forms.HiddenInput, required=False)
    slug_was = forms.CharField(widget=forms.HiddenInput, required=False)
    owner_was = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)
    source_id = forms.CharField(
        max_length=200,
        required=False,
        help_text="One for each article, for ever; an import with this id brings newer texts of it.",
    )
    title = forms.CharField(
        max_length=300, strip=False, widget=forms.TextInput(attrs={"class": "vTextField", "dir": "auto"})
    )
    slug = forms.RegexField(
        r"^[-\w]+$",
        max_length=120,
        required=False,
        help_text="The address. Another one leaves a redirect from the old.",
        error_messages={"invalid": "Letters, digits, - and _ only."},
    )
    owner = forms.CharField(
        max_length=200, required=False, help_text="Who answers for it; proposed at release."
    )
    body = forms.CharField(strip=False, required=False, widget=_area(30), help_text="Markdown.")
    summary = forms.CharField(strip=False, required=False, widget=_area(3))
    topic = forms.CharField(strip=False, required=False)
    difficulty = forms.CharField(strip=False, required=False)
    reading_time = forms.CharField(strip=False, required=False, help_text="Minutes.")
    code_language = forms.CharField(strip=False, required=False)
    tags = forms.CharField(strip=False, required=False, widget=_area(3), help_text="One a line.")
    stack = forms.CharField(strip=False, required=False, widget=_area(3), help_text="One a line; tags too.")
    tools = forms.CharField(
        strip=False, required=False, widget=_area(4), help_text="One a line; entities of type tool."
    )
    checklist = forms.CharField(strip=False, required=False, widget=_area(6), help_text="One check a line.")
    entities = forms.CharField(
        strip=False, required=False, widget=_area(4), help_text="One a line: name | type."
    )
    flags = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    lang = forms.CharField(strip=False, required=False, label="Language", help_text="Such as en or pt-BR.")
    dir = forms.ChoiceField(
        choices=[("ltr", "left to right"), ("rtl", "right to left"), ("auto", "from the text")],
        label="Direction",
    )
    other = forms.CharField(
        strip=False, required=False, widget=_area(12, spellcheck="false"), label="Everything else, as JSON"
    )

    def __init__(self, posted=None, *, data, base="", slug="", owner="", is_new=False):
        """`data` is the document being edited; `posted` what came back, or None for a fresh form."""
        self.document = data
        texts = {part.name: part.text(data) for part in PARTS}
        self.shown = {name: text for name, text in texts.items() if text is not None}
        flags = (data.get("meta") or {}).get("flags", {})
        self.flags_fit = isinstance(flags, dict) and all(isinstance(value, bool) for value in flags.values())
        self.flags_on = sorted(name for name, on in flags.items() if on) if self.flags_fit else []
        self.shown["other"] = json.dumps(self._rest(), indent=2, ensure_ascii=False)
        initial = self.shown | {"flags": self.flags_on, "base": base, "slug": slug, "owner": owner}
        initial |= {"slug_was": slug, "owner_was": owner}
        initial["source_id"] = data.get("source_id", "")
        super().__init__(posted, initial=initial)
        choices = dict.fromkeys([*KNOWN_FLAGS, *(flags if self.flags_fit else [])])
        self.fields["flags"].choices = [(name, name.replace("_", " ")) for name in choices]
        for name in [name for name, text in texts.items() if text is None] + (
            [] if self.flags_fit else ["flags"]
        ):
            self.fields[name].disabled = True
            self.fields[name].required = False
            self.fields[
                name
            ].help_text = "Holds something this field cannot show; it stands in the JSON below."
        # A new article has no address yet; one that is there keeps its source id.
        del self.fields["slug" if is_new else "source_id"]

    def _rest(self):
        """Return what no field shows: unknown keys, and known ones with values a field cannot hold."""
        meta_parts = {part.name for part in PARTS if part.in_meta and part.name in self.shown}
        top_parts = {part.name for part in PARTS if not part.in_meta and part.name in self.shown}
        hidden = meta_parts | ({"flags"} if self.flags_fit else set())
        rest = {
            key: value for key, value in self.document.items() if key not in top_parts | {"meta", "source_id"}
        }
        meta = {key: value for key, value in (self.document.get("meta") or {}).items() if key not in hidden}
        return rest | ({"meta": meta} if meta else {})

    def changed_parts(self):
        """Return the names of the document's fields whose text is not the one that went out."""
        names = [
            name
            for name in self.shown
            if same_lines(self.cleaned_data.get(name) or "") != same_lines(self.shown[name])
        ]
        if self.flags_fit and sorted(self.cleaned_data.get("flags", [])) != self.flags_on:
            names.append("flags")
        return names

    def edited(self):
        """Return the document this form says, checked and sanitised, or None where a field is wrong (see errors)."""
        try:
            data = self._edited_data()
            return from_data(data, lang=settings.ARTICLE_LANG, dir=settings.ARTICLE_DIR)
        except BadJSON as error:
            self.add_error("other", str(error))
        except Refused as refused:
            for problem in refused.problems:
                name = problem.path.removeprefix("meta.").split(".")[0].split("[")[0]
                self.add_error(name if name in self.fields else "other", str(problem))
        return None

    def _edited_data(self):
        changed = self.changed_parts()
        data = dict(self.document)
        meta = dict(data.get("meta") or {})
        if "other" in changed:
            rest = self._other()
            mine = self._rest()
            for key in mine:
                if key != "meta":
                    data.pop(key, None)
            for key in mine.get("meta", {}):
                meta.pop(key, None)
            meta |= rest.pop("meta", {})
            data |= rest
        for part in PARTS:
            if part.name not in changed:
                continue
            home = meta if part.in_meta else data
            value = part.from_text(self.cleaned_data[part.name])
            if value in ("", []) and part.name not in ALWAYS:
                home.pop(part.name, None)
            else:
                home[part.name] = value
        if "flags" in changed:
            on = set(self.cleaned_data["flags"])
            meta["flags"] = {
                name: name in on for name in dict.fromkeys([*(meta.get("flags") or {}), *sorted(on)])
            }
        if meta or "meta" in data:
            data["meta"] = meta
        return data

    def _other(self):
        text = self.cleaned_data["other"].strip()
        value = read_json(text) if text else {}
        if not isinstance(value, dict) or not isinstance(value.get("meta", {}), dict):
            raise BadJSON("This must be a map of keys and values, and its meta too.")
        taken = [
            part.name for part in PARTS if part.name in (value.get("meta", {}) if part.in_meta else value)
        ]
        taken = [name for name in taken if name in self.shown]
        taken += ["flags"] if self.flags_fit and "flags" in value.get("meta", {}) else []
        if "view_count" in value.get("meta", {}):
            raise BadJSON("view_count is counted elsewhere and comes with an import; leave it out.")
        if value.get("source_id", self.document["source_id"]) != self.document["source_id"]:
            raise BadJSON("The source id of an article stays as it is.")
        if taken:
            raise BadJSON(f"{', '.join(taken)} stands in a field of its own above.")
        return dict(value)
