"""Every setting; what differs between places comes from the environment and nowhere else."""

import secrets
from contextlib import suppress
from logging import LogRecord
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from helpdesk.lib.outbound_places import Allowed

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent

# --- What kind of place is this? -----------------------------------------------------------
MODE = env.str("HELPDESK_MODE", "embedded")
if MODE not in {"embedded", "production"}:
    raise ImproperlyConfigured("HELPDESK_MODE must be 'embedded' or 'production'.")
IS_PRODUCTION = MODE == "production"
DEMO = env.bool("HELPDESK_DEMO", False)
DEMO_PASSWORD = "helpdesk-demo"
DEBUG = env.bool("DEBUG", False)


def required(name: str, default: str) -> str:
    """The variable's value; in production a missing one stops the start and is named."""
    value = env.str(name, "")
    if not value and IS_PRODUCTION:
        raise ImproperlyConfigured(f"Set {name}: production mode does not start without it.")
    return value or default


# --- The data folder -----------------------------------------------------------------------
DATA = Path(env.str("HELPDESK_DATA", str(BASE_DIR / "data"))).resolve()
for folder in ("files", "staticfiles", "broker/queue", "broker/control", "broker/processed"):
    (DATA / folder).mkdir(parents=True, exist_ok=True)


def own_secret() -> str:
    """The embedded default makes its own secret once and keeps it beside its data."""
    path = DATA / "secret-key"
    if not path.exists():
        fresh = DATA / f"secret-key.{secrets.token_hex(4)}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        with suppress(FileExistsError):  # Another process was first: its secret counts.
            path.hardlink_to(fresh)
        fresh.unlink()
    return path.read_text()


SECRET_KEY = required("SECRET_KEY", "") or own_secret()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
if IS_PRODUCTION and "ALLOWED_HOSTS" not in env.ENVIRON:
    raise ImproperlyConfigured("Set ALLOWED_HOSTS: production mode does not start without it.")
PUBLIC_URL = required("PUBLIC_URL", f"http://127.0.0.1:{env.int('PORT', 8000)}").rstrip("/")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])
# The embedded default has no proxy: its live stream answers on a port of its own.
LIVE_PORT = env.int("HELPDESK_LIVE_PORT", 0)

# --- Apps and requests ---------------------------------------------------------------------
INSTALLED_APPS = [
    "helpdesk",
    "metrics",
    "tickets",
    "knowledge_base",
    "departments",
    "helpdesk.administration.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "django_filters",
    "django_prometheus",
    "drf_spectacular",
    "rest_framework",
    "tree_queries",
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "helpdesk.middleware.ReaderMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "helpdesk.middleware.RefusedMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "helpdesk.urls"
WSGI_APPLICATION = "helpdesk.wsgi.application"
page_values = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
    "django.template.context_processors.i18n",
    "helpdesk.context_processors.page",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": page_values},
    }
]
FORM_RENDERER = "helpdesk.lib.form_renderer.HouseRenderer"

# --- Rows, cache, broker -------------------------------------------------------------------
rows: dict[str, Any] = env.db("DATABASE_URL", default=f"sqlite:///{DATA / 'helpdesk.sqlite3'}")
if rows["ENGINE"].endswith("sqlite3"):
    rows["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # Deferred ones fail with 'locked' when they upgrade.
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA busy_timeout=20000;",
    }
else:
    rows |= {"CONN_MAX_AGE": env.int("CONN_MAX_AGE", 600), "CONN_HEALTH_CHECKS": True}
    # Compiling a page's queries took PostgreSQL 200 ms, running them 10 ms.
    rows["OPTIONS"] = {"options": "-c jit=off"}
DATABASES = {"default": rows}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
required("DATABASE_URL", "")
REDIS_URL = required("REDIS_URL", "")
shared_cache: dict[str, Any] = {
    "BACKEND": "helpdesk.lib.forgiving_cache.ForgivingRedisCache",
    "LOCATION": REDIS_URL,
    "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
}
own_cache = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
CACHES = {"default": shared_cache if REDIS_URL else own_cache}

CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    # max_retries: a page does not wait for a broker that is away; the sweep finds the work.
    {"socket_connect_timeout": 1, "socket_timeout": 5, "visibility_timeout": 60, "max_retries": 0}
    if REDIS_URL
    else {
        "data_folder_in": str(DATA / "broker/queue"),
        "data_folder_out": str(DATA / "broker/queue"),
        "control_folder": str(DATA / "broker/control"),
        "store_processed": False,
        "polling_interval": 0.05,
    }
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False  # A nudge is only a hint; the sweep finds what it missed.
CELERY_TASK_TIME_LIMIT = 600
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"

# --- People and doors ----------------------------------------------------------------------
AUTH_USER_MODEL = "departments.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
checks = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"{checks}.UserAttributeSimilarityValidator"},
    {"NAME": f"{checks}.CommonPasswordValidator"},
    {"NAME": f"{checks}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
accounts = "helpdesk.accounts"
ACCOUNT_ADAPTER = f"{accounts}.Adapter"
ACCOUNT_FORMS = {"login": f"{accounts}.SignInForm", "reset_password": f"{accounts}.ResetForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# Django's own: it asks nothing of allauth's table of addresses, which stays empty here.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"
ACCOUNT_SESSION_REMEMBER = None  # The person decides, on the sign-in page.
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}
# Throttles count by the address that the last of so many proxies of ours has seen.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", 1 if IS_PRODUCTION else 0)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = urlsplit(PUBLIC_URL).scheme == "https"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
CSRF_FAILURE_VIEW = "helpdesk.views.csrf_failure"
if SESSION_COOKIE_SECURE:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31536000)
LIVE_ORIGINS = [f"http://{host}:{LIVE_PORT}" for host in ("127.0.0.1", "localhost") if LIVE_PORT]
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF, *LIVE_ORIGINS],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "form-action": [SELF],
        "frame-ancestors": ["'none'"],
    }
}
# What feeds and webhooks may reach besides the public web: hosts, networks, and ports as `:9443`.
OUTBOUND_ALLOW = Allowed.of(env.list("HELPDESK_OUTBOUND_ALLOW", default=[]))
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
PROMETHEUS_EXPORT_MIGRATIONS = False

# --- Words, time, files --------------------------------------------------------------------
LANGUAGE_CODE = "en"
# Each language here has a complete catalogue in locale/; `script/check` counts.
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
static_home = (BASE_DIR if IS_PRODUCTION else DATA) / "staticfiles"
STATIC_ROOT = Path(env.str("STATIC_ROOT", "") or static_home)
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not IS_PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG
hashed = "whitenoise.storage.CompressedManifestStaticFilesStorage"
plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(DATA / "files"), "base_url": None},
    },
    "staticfiles": {"BACKEND": hashed if IS_PRODUCTION else plain},
}
FILE_UPLOAD_PERMISSIONS = 0o600
ATTACHMENT_MAX_BYTES = env.int("ATTACHMENT_MAX_BYTES", 25 * 1024 * 1024)
ATTACHMENT_MAX_COUNT = 10
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 100  # The form itself says kindly how many it takes.

# --- Mail ----------------------------------------------------------------------------------
vars().update(env.email_url("EMAIL_URL", default=required("EMAIL_URL", "dummymail://")))
EMAIL_TIMEOUT = 30
MAIL_DOMAIN = required("MAIL_DOMAIN", "aldera.example")
DEFAULT_FROM_EMAIL = f"helpdesk@{MAIL_DOMAIN}"
MAIL_MAX_BYTES = env.int("MAIL_MAX_BYTES", 25 * 1024 * 1024)
# Keys that sign reply addresses and Message-IDs: the first signs, all of them are believed.
MAIL_KEYS = env.list("MAIL_KEYS", default=[SECRET_KEY])
# Providers that hand letters in over the web: their secrets, and keys to ask them with.
hooks = sorted(name for name in env.ENVIRON if name.startswith("MAIL_HOOK_"))
MAIL_HOOKS = {name[10:].lower(): env.str(name) for name in hooks if env.str(name)}

# --- API -----------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "departments.api.access.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": env.str("API_RATE", "600/min"), "anon": "60/min"},
    "EXCEPTION_HANDLER": "helpdesk.lib.api_errors.handle",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Helpdesk",
    "VERSION": "1",
    "DESCRIPTION": "Services, tickets and messages, with the same permissions as the pages.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "COMPONENT_SPLIT_REQUEST": True,
}


def is_news(record: LogRecord) -> bool:
    """Whoever asks /readyz hears the answer; the log would only repeat it each time."""
    return not record.getMessage().endswith(": /readyz")


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"news": {"()": "django.utils.log.CallbackFilter", "callback": is_news}},
    "formatters": {"line": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["news"]}
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"django.server": {"level": "WARNING"}, "kombu": {"level": "WARNING"}},
}
