"""Parts of addresses."""

from django.urls import register_converter
from django.urls.converters import get_converters


class Slug:
    """Slugs of titles in any script: `<word:slug>`."""

    regex = r"[-\w]+"

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


class Form(Slug):
    """The two forms of a feed: `<form:form>`."""

    regex = "atom|json"


def register():
    """Make `word` and `form` known to every urlconf; again, it changes nothing."""
    if "word" not in get_converters():
        register_converter(Slug, "word")
        register_converter(Form, "form")
