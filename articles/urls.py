"""The readers' addresses."""

from django.urls import path

from articles import converters, machines, views

converters.register()


app_name = "articles"
urlpatterns = [
    path("", views.home, name="home"),
    path("articles/", views.article_list, name="list"),
    path("articles/<word:slug>/", views.article, name="article"),
    path("articles/<word:slug>.md", machines.source_markdown, name="source-markdown"),
    path("articles/<word:slug>.json", machines.source_json, name="source-json"),
    path("feed.<form:form>", machines.site_feed, name="feed"),
    path("sitemap.xml", machines.sitemap, name="sitemap"),
    path("sitemap-<int:part>.xml", machines.sitemap_part, name="sitemap-part"),
    path("search/", views.search, name="search"),
    path("opensearch.xml", views.opensearch, name="opensearch"),
    path("tags/<word:slug>/", views.tag, name="tag"),
    path("tags/<word:slug>/feed.<form:form>", machines.tag_feed, name="tag-feed"),
    path("entities/<word:type>/<word:slug>/", views.entity, name="entity"),
    path("entities/<word:type>/<word:slug>/feed.<form:form>", machines.entity_feed, name="entity-feed"),
    path("checklists/<word:slug>/", views.checklist, name="checklist"),
]
