"""The readers' addresses."""

from django.urls import path

from articles import converters, views

converters.register()


app_name = "articles"
urlpatterns = [
    path("", views.home, name="home"),
    path("articles/", views.article_list, name="list"),
    path("articles/<word:slug>/", views.article, name="article"),
    path("search/", views.search, name="search"),
    path("opensearch.xml", views.opensearch, name="opensearch"),
    path("tags/<word:slug>/", views.tag, name="tag"),
    path("entities/<word:type>/<word:slug>/", views.entity, name="entity"),
    path("checklists/<word:slug>/", views.checklist, name="checklist"),
]
