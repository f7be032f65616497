"""Django's settings for a node. What an operator may change is in `options`; what is here is decided."""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from dure.node.databases import database, password_hashers, secret_key
from dure.node.options import read

DURE = read()

# What a wing needs from elsewhere, as dotted paths of functions: the wings themselves know no node.
DURE_WORKS = "dure.node.works.works"
DURE_HISTORIAN = "dure.node.introductions.historian"
DURE_LEDGER = "dure.node.introductions.ledger"
# What rooms above the inventory tell of lineage, and what of theirs is found by its search.
DURE_LINEAGE = ("dure.plant.registry.telling.lineage", "dure.plant.deploy.telling.lineage")
DURE_SEARCH = ("dure.plant.registry.telling.found",)
# What people may ask about, as each room tells it: see `dure.plant.threads.Kind`.
DURE_PLACES = (
    "dure.plant.trends.pointing.SIGNALS",
    "dure.plant.studio.pointing.ROW",
    "dure.plant.registry.pointing.MODEL",
    "dure.plant.alarms.pointing.ALARM",
    "dure.plant.deploy.pointing.DEPLOYMENT",
    "dure.plant.threads.seeing.EQUIPMENT",
    "dure.plant.threads.seeing.PICTURE",
)
DURE_ALARM_MARKS = "dure.node.introductions.alarm_marks"
# What this plant could offer to others: see `dure.sharing.catalog.Shelf`.
DURE_SHELF = "dure.node.introductions.shelf"
DURE_LIVE_PORT = DURE.live_port
# Procedures that rooms bring (`<name>.<kind>.yaml`), put in force as the node starts; and what their effects do.
DURE_PROCEDURES = [
    Path(__file__).parents[1] / "sharing" / room / "procedures" for room in ("certification", "trade")
]
DURE_EFFECTS = {
    "publish": "dure.sharing.certification.keeping.publish",
    "pay_order": "dure.sharing.trade.disputing.pay_order",
}
# How other firms reach us, and where we may reach them.
DURE_PUBLIC_URL = DURE.public_address
DURE_SHARING_PLAIN_HTTP = DURE.sharing_plain_http
DURE_SHARING_NETWORKS = tuple(one.strip() for one in DURE.sharing_networks.split(",") if one.strip())

DEBUG = DURE.debug
SECRET_KEY = secret_key(DURE.home)
ALLOWED_HOSTS = list(DURE.hosts)
ROOT_URLCONF = "dure.node.urls"
WSGI_APPLICATION = "dure.node.wsgi.application"

INSTALLED_APPS = [
    "dure.foundation.web",  # before allauth: its pages of sign-in stand in place of allauth's
    "dure.foundation.ledger",
    "dure.foundation.parties",
    "dure.foundation.procedure",
    "dure.sharing.participants",
    "dure.sharing.catalog",
    "dure.sharing.exchange",
    "dure.sharing.certification",
    "dure.sharing.trade",
    "dure.plant.inventory",
    "dure.plant.events",
    "dure.plant.threads",
    "dure.plant.alarms",
    "dure.plant.trends",
    "dure.plant.serve",
    "dure.plant.registry",
    "dure.plant.labels",
    "dure.plant.deploy",
    "dure.plant.studio",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "dure.node.language.speak",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "dure.foundation.web.refusal.Refusals",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dure.foundation.web.context.page",
            ]
        },
    }
]

# Records -------------------------------------------------------------------------------------------------------
DATABASES = {"default": database(DURE)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People --------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "parties.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = password_hashers()
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 10}  # type: ignore[assignment] # Django's own mixed shape
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "web:home"
ACCOUNT_ADAPTER = "dure.foundation.parties.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # a plant may stand without a mail server; an owner gives the accounts
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"  # and nothing of it may reach a log

# Language, place, time -----------------------------------------------------------------------------------------
LANGUAGE_CODE = "ko"
LANGUAGES = [("ko", "한국어"), ("en", "English")]
LOCALE_PATHS = [Path(__file__).parent / "locale"]  # each room brings its own beside its templates
LANGUAGE_COOKIE_NAME = "dure_language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = DURE.time_zone
USE_TZ = True

# Files that browsers fetch: from the rooms' `static` folders, no step of collecting ------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_TEMP_DIR = None

# Security ------------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = False  # the proxy that speaks TLS does it
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if DURE.https else None
SECURE_HSTS_SECONDS = 31_536_000 if DURE.https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "dure.foundation.web.views.stale_form"
SESSION_COOKIE_NAME = "dure_session"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = DURE.https
SESSION_COOKIE_AGE = 12 * 3600  # a shift and a little
CSRF_COOKIE_NAME = "dure_csrf"
CSRF_FAILURE_VIEW = "dure.foundation.web.views.stale_form"
CSRF_TRUSTED_ORIGINS = [f"https://{name}" for name in ALLOWED_HOSTS if name != "*"] if DURE.https else []
# Browsers reach the live stream at the pages' own host name, one port higher.
DURE_LIVE_ORIGINS = [
    f"{'https' if DURE.https else 'http'}://{name}:{DURE.live_port}"
    for name in ALLOWED_HOSTS
    if name != "*" and not name.startswith("[")
]
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF, *DURE_LIVE_ORIGINS],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# `dure.node.processes` sends each process's lines to its own file; Django only hands its own over.
LOGGING_CONFIG = None
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
