"""All settings, from the environment. `.env.example` lists every one, docs/operations.md explains them.

A value that cannot be right raises ImproperlyConfigured with one line that names it; manage.py and wsgi.py print that
line and end.
"""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from environ import Env

from editorial import environment

BASE_DIR = Path(__file__).resolve().parent.parent

# What is in the environment wins over what is in the file.
Env.read_env(environment.text("ENV_FILE", BASE_DIR / ".env"))

# How this process runs ------------------------------------------------------------------------------------------------

DEMO = environment.flag("DEMO", False)
DEBUG = environment.flag("DEBUG", False)
TESTING = environment.flag("TESTING", False)  # set by the test suite and by nobody else

# Everything the site writes outside its database: the SQLite file, static files, the demo's key.
VAR_DIR = Path(environment.text("VAR_DIR", BASE_DIR / "var"))

SITE_URL, SITE_HOST = environment.site_url("SITE_URL", "http://127.0.0.1:8000")
HTTPS = SITE_URL.startswith("https:")
SITE_NAME = environment.text("SITE_NAME", "Editorial")

if HTTPS and (DEMO or DEBUG or TESTING):
    raise ImproperlyConfigured(
        f"DEMO, DEBUG and TESTING open doors that must stay shut at {SITE_URL}: leave them unset there."
    )

SECRET_KEY = environment.text("SECRET_KEY")
if not SECRET_KEY:
    if not (DEMO or DEBUG or TESTING):
        raise ImproperlyConfigured(
            "SECRET_KEY is not set: give it 50 or more random characters that nobody else has."
        )
    SECRET_KEY = environment.kept_secret(VAR_DIR / "secret_key")

ALLOWED_HOSTS = environment.words(
    "ALLOWED_HOSTS",
    ["127.0.0.1", "localhost", "[::1]"] if environment.is_loopback(SITE_HOST) else [SITE_HOST],
)

# What Django is made of here ------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "editorial",
    "seeds",
    "reviews",
    "articles",
    "taggit",
    "editorial.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "editorial.away.DatabaseAway",
    "articles.middleware.old_addresses",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "editorial.urls"
WSGI_APPLICATION = "editorial.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "editorial.context.site",
            ],
        },
    },
]

# Where things are kept ------------------------------------------------------------------------------------------------

DATABASE = environment.database("DATABASE_URL", VAR_DIR / "editorial.sqlite3")
if DATABASE["ENGINE"].endswith("sqlite3"):
    DATABASE["OPTIONS"] |= {
        # A transaction takes its write lock when it begins, and waits this many seconds for it. A deferred one would
        # fail at its first write if another wrote meanwhile.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL, since NORMAL may lose the last decisions when the power goes. recursive_triggers, since INSERT OR
        # REPLACE otherwise deletes rows without firing the triggers that forbid it.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON",
    }
    if DATABASE["NAME"] != ":memory:":
        Path(DATABASE["NAME"]).parent.mkdir(parents=True, exist_ok=True)
else:
    # A pool keeps connections itself, so Django must not. The seconds say how soon a reader is told that the database
    # is away.
    DATABASE["OPTIONS"].setdefault("connect_timeout", 5)
    if pool_max := environment.number("DB_POOL_MAX", 8, least=0):
        DATABASE["OPTIONS"]["pool"] = {"min_size": 1, "max_size": pool_max, "timeout": 5}
    DATABASE["CONN_MAX_AGE"] = 0
DATABASES = {"default": DATABASE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Readers' pages, each made once and kept as files (articles/stored/). Not where templates change under one's hands.
PAGES_DIR = VAR_DIR / "pages" if environment.flag("KEEP_PAGES", not (DEBUG or TESTING)) else None

# The prefix is set here: in CACHE_URL, Django would not see it.
CACHES = {"default": environment.cache("CACHE_URL", "locmemcache://") | {"KEY_PREFIX": "editorial"}}

# That take in a large import beside each other, or look at texts that are to be checked. More than cores bring nothing.
PROCESSES = environment.number("PROCESSES", min(os.cpu_count() or 1, 4), least=1)

# The largest body a document may have, typed in any script: a form writes such a character in up to twelve bytes.
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
# Files come in on one page only, and are written to disk as they come: seeds/receiving.py.
FILE_UPLOAD_HANDLERS = ["seeds.receiving.ToDisk"]
IMPORT_UPLOAD_MB = environment.number("IMPORT_UPLOAD_MB", 100, least=1)

STATIC_URL = "/static/"
PLAIN_STATIC = DEBUG or TESTING  # served from where they are written; else collected, hashed and compressed
STATIC_ROOT = None if PLAIN_STATIC else VAR_DIR / "static"
# Looked for when they are asked for, and not all at each start.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = PLAIN_STATIC
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # no model has a file
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if PLAIN_STATIC
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Who may sign in ------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "articles.User"
AUTHENTICATION_BACKENDS = ["editorial.sign_in.AccountBackend"]
LOGIN_URL = "/sign-in/"
LOGOUT_REDIRECT_URL = "/"
CSRF_FAILURE_VIEW = "reviews.views.sign_in.csrf_failure"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# What browsers are told -----------------------------------------------------------------------------------------------

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# HSTS is for this host: what other hosts of the domain promise is not ours to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

if HTTPS:
    # The prefix makes browsers refuse such a cookie from any other host, path or plain http.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = environment.number("HSTS_SECONDS", 31_536_000, least=0)
    # Behind a proxy that ends TLS the request itself is http, so the origin a browser sends is told here.
    CSRF_TRUSTED_ORIGINS = [SITE_URL]
    # Whoever can send this header can claim https: only for a proxy that replaces it.
    if environment.flag("TRUST_FORWARDED_PROTO", False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        SECURE_SSL_REDIRECT = True
        SECURE_REDIRECT_EXEMPT = [r"^health(/ready)?$"]  # probes come from inside, by http

# Whom to tell of a weakness, and until when that is so: both, or there is no security.txt.
SECURITY_CONTACT = environment.contacts("SECURITY_CONTACT")
SECURITY_EXPIRES = environment.day("SECURITY_EXPIRES")
if bool(SECURITY_CONTACT) != bool(SECURITY_EXPIRES):
    raise ImproperlyConfigured("SECURITY_CONTACT and SECURITY_EXPIRES go together: set both or neither.")

# What the house decides about its articles ----------------------------------------------------------------------------

REVIEW_REQUIRED = environment.choice("REVIEW_REQUIRED", "flagged", "all")
REVIEW_CLAIM_MINUTES = environment.number("REVIEW_CLAIM_MINUTES", 30, least=1)
REVIEW_VALID_DAYS = environment.number("REVIEW_VALID_DAYS", 365, least=1)
REVIEW_RESERVED_HOURS = environment.number("REVIEW_RESERVED_HOURS", 48, least=1)
REVIEW_UNDO_MINUTES = environment.number("REVIEW_UNDO_MINUTES", 10, least=0)
# Of a hundred words; below 60 nothing is kept (articles/models/signature.py).
LOOKALIKE_PERCENT = environment.number("LOOKALIKE_PERCENT", 80, least=60)
# Prompts, brief, raw scores, notes and payload are for the desk; the demo shows them to readers too.
SHOW_DESK_META = environment.flag("SHOW_DESK_META", DEMO)
SHOW_REVIEWER_NAMES = environment.flag("SHOW_REVIEWER_NAMES", True)
FIGURES_BY_PERSON = environment.flag("FIGURES_BY_PERSON", True)
ARTICLE_LANG = environment.text("ARTICLE_LANG", "en")
ARTICLE_DIR = environment.choice("ARTICLE_DIR", "ltr", "rtl")
TAGGIT_CASE_INSENSITIVE = True

# Language, time, log --------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH = "editorial.formats"  # the admin's own moments, written as ours are
USE_TZ = True
TIME_ZONE = "UTC"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"django": {"handlers": ["stderr"], "level": "INFO", "propagate": False}},
}
