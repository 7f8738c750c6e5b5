from django.http import Http404
from django.urls import path, register_converter


class Slug:
    regex = r"[-\w]+"

    def to_python(self, value):
        return value

    to_url = to_python


def nowhere(request, **kwargs):
    raise Http404


register_converter(Slug, "uslug")
app_name = "articles"
urlpatterns = [
    path("", nowhere, name="home"),
    path("articles/", nowhere, name="list"),
    path("articles/<uslug:slug>/", nowhere, name="article"),
    path("tags/<uslug:slug>/", nowhere, name="tag"),
    path("entities/<uslug:type>/<uslug:slug>/", nowhere, name="entity"),
    path("checklists/<uslug:slug>/", nowhere, name="checklist"),
]
