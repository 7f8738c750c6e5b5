from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class EditorialConfig(AppConfig):
    name = "editorial"

    def ready(self):
        from editorial import checks  # noqa: F401  registers them


class AdminConfig(admin_apps.AdminConfig):
    default = False  # else Django would take it for the app `editorial`
    default_site = "reviews.site.AdminSite"
