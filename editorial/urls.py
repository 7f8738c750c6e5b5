"""Every address of the site. Errors are Django's own views, which show templates/403.html, 404.html and 500.html."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from editorial import health

urlpatterns = [
    path("health", health.live, name="health"),
    path("health/ready", health.ready, name="health-ready"),
    # Django's view would put the host's name in the place of the site's.
    path("sign-in/", LoginView.as_view(extra_context={"site_name": settings.SITE_NAME}), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("admin/", admin.site.urls),
    path("", include("articles.urls")),
    path("", include("reviews.urls")),
]
