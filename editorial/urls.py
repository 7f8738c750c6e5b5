"""Every address of the site. Errors are Django's own views, which show templates/403.html, 404.html and 500.html."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from editorial import health, kept, well_known
from editorial.sign_in import SignIn

urlpatterns = [
    path("health", health.live, name="health"),
    path("health/ready", health.ready, name="health-ready"),
    path("health/status", health.status, name="health-status"),
    path("health/pages", kept.rules, name="health-pages"),
    path("robots.txt", well_known.robots, name="robots"),
    path(".well-known/security.txt", well_known.security, name="security-txt"),
    path("favicon.ico", well_known.favicon, name="favicon"),
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("admin/", admin.site.urls),
    path("", include("articles.urls")),
    path("", include("reviews.urls")),
]
