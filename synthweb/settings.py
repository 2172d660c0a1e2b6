"""Every setting of the site. What differs between installations comes from the environment.

Required: DATABASE_URL, BROKER_URL (`manage.py` sets both when it runs the embedded stack).
Optional: SYNTHWEB_HOME, SECRET_KEY, ALLOWED_HOSTS, DEBUG, HTTPS, CSRF_TRUSTED_ORIGINS, SYNTHWEB_MAX_UPLOAD_MB,
SYNTHWEB_LEASE_SECONDS, SYNTHWEB_API_RATE, DATABASE_POOL_SIZE, CACHE_URL, LOG_LEVEL. SYNTHWEB_ROLE is set by
`synthweb/wsgi.py`: the web server alone has a connection pool and statement timeouts.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

from synthweb.home import home, secret


def _required(name: str) -> str:
    if value := os.environ.get(name):
        return value
    raise ImproperlyConfigured(f"{name} is not set: start through manage.py, which brings its own, or name a server.")


def _flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


def _words(name: str, default: str = "") -> list[str]:
    return os.environ.get(name, default).replace(",", " ").split()


BASE_DIR = Path(__file__).resolve().parent.parent
HOME = home(os.environ)

# --- Who may talk to us -----------------------------------------------------------------------------------------------

LOOPBACK = "localhost 127.0.0.1 [::1]"
SECRET_KEY = os.environ.get("SECRET_KEY") or secret(HOME)
DEBUG = _flag("DEBUG")
ALLOWED_HOSTS = _words("ALLOWED_HOSTS", LOOPBACK)
if DEBUG and not set(ALLOWED_HOSTS) <= {*LOOPBACK.split(), "testserver"}:
    raise ImproperlyConfigured(
        "DEBUG shows source and settings to every visitor: it is refused unless ALLOWED_HOSTS is loopback."
    )

HTTPS = _flag("HTTPS")  # behind a proxy that ends TLS and sets X-Forwarded-Proto
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_TRUSTED_ORIGINS = _words("CSRF_TRUSTED_ORIGINS")
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# --- The application --------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "annotation",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "synthweb.body_limit.BodyLimit",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "synthweb.language.SpokenLanguage",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "synthweb.urls"
WSGI_APPLICATION = "synthweb.wsgi.application"
ASGI_APPLICATION = "synthweb.asgi.application"

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
            ],
        },
    },
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]  # after a change of texts: make messages
FORMAT_MODULE_PATH = ["synthweb.formats"]
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Rows -------------------------------------------------------------------------------------------------------------


def _database(url: str, role: str, pool_size: int) -> dict[str, Any]:
    """Django's view of a libpq URL. The web server gets a pool, and timeouts no page may exceed; workers neither."""
    options: dict[str, Any] = conninfo_to_dict(url)
    database: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": options.pop("dbname", ""),
        "USER": options.pop("user", ""),
        "PASSWORD": options.pop("password", ""),
        "HOST": options.pop("host", ""),
        "PORT": str(options.pop("port", "")),
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }
    options.setdefault("connect_timeout", 5)
    options.setdefault("application_name", f"synthweb {role}".strip())
    if role == "web":
        timeouts = {"statement_timeout": "30s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "60s"}
        asked = [options["options"]] if "options" in options else []
        options["options"] = " ".join([*(f"-c {name}={value}" for name, value in timeouts.items()), *asked])
        if pool_size:
            # Its attempts come ever later, for 5 minutes: the site would stay away after the database is back.
            options["pool"] = {
                "min_size": 1,
                "max_size": pool_size,
                "timeout": 10,
                "max_idle": 300,
                "reconnect_timeout": 2,
            }
    database["OPTIONS"] = options
    return database


DATABASES = {
    "default": _database(
        _required("DATABASE_URL"),
        os.environ.get("SYNTHWEB_ROLE", ""),
        int(os.environ.get("DATABASE_POOL_SIZE", "10")),
    )
}

# --- Broker, cache, tasks ---------------------------------------------------------------------------------------------


def _client_url(broker_url: str) -> str:
    """The same server in redis-py's spelling, which differs from kombu's for Unix sockets."""
    if not broker_url.startswith("redis+socket://"):
        return broker_url
    parts = urlsplit(broker_url)
    database = parse_qs(parts.query).get("virtual_host", ["0"])[0]
    return f"unix://{parts.path}?db={database}"


def _next_database(client_url: str) -> str:
    """The database after the broker's: emptying the cache must not empty the queues."""
    parts = urlsplit(client_url)
    if parts.scheme == "unix":
        return f"unix://{parts.path}?db={int(parse_qs(parts.query).get('db', ['0'])[0]) + 1}"
    return parts._replace(path=f"/{int(parts.path.strip('/') or 0) + 1}").geturl()


BROKER_URL = _required("BROKER_URL")
BROKER_CLIENT_URL = _client_url(BROKER_URL)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ.get("CACHE_URL") or _next_database(BROKER_CLIENT_URL),
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}
# In the database alone: a session ends when its row says so, and a lost broker signs nobody out.
SESSION_ENGINE = "django.contrib.sessions.backends.db"

CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A message whose worker was killed comes back after visibility_timeout; kombu looks every interval × throttle
    # seconds. Tasks are chunks of seconds and idempotent, so a slow one delivered twice costs time only.
    "visibility_timeout": 60,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 30,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "retry_on_timeout": True,
    # A page that wakes a worker does not wait for a broker that is down (kombu's default: six seconds); the sweep
    # sends the message again.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
    "global_keyprefix": os.environ.get("SYNTHWEB_QUEUE_PREFIX", ""),
}
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.5}
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "annotation.tasks.label_chunk": {"queue": "labeling"},
    "annotation.tasks.learn_from_answers": {"queue": "labeling"},
    "annotation.tasks.conduct_experiment": {"queue": "labeling"},
    "annotation.tasks.synthesize": {"queue": "labeling"},
    "annotation.tasks.resolve_disputes": {"queue": "labeling"},
    # Where the encoder is loaded anyway.
    "annotation.tasks.embed_items": {"queue": "labeling"},
    "annotation.tasks.embed_phrase": {"queue": "labeling"},
    "annotation.tasks.export_snapshot": {"queue": "exports"},
    "annotation.tasks.make_file": {"queue": "exports"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    # Rows say what is pending; this finds what a lost message forgot.
    "sweep": {"task": "annotation.tasks.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "licences": {"task": "annotation.tasks.refresh_licences", "schedule": 30.0, "options": {"expires": 30}},
}

# --- People -----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "annotation.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "annotation.workflow.people.TokensEnd"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "synthweb.accounts.ClosedSignup"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = True
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

# --- API --------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework.parsers.MultiPartParser"],
    "DEFAULT_PAGINATION_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "annotation.api.describing.OperationSchema",
    "EXCEPTION_HANDLER": "annotation.api.problems.handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# Requests a minute and token (0: any number). Above what the pages' and the benchmarks' busiest clients send.
SYNTHWEB_API_RATE = int(os.environ.get("SYNTHWEB_API_RATE", "30000"))
REST_KNOX = {
    "TOKEN_TTL": timedelta(days=90),
    "AUTH_HEADER_PREFIX": "Token",
    "TOKEN_PREFIX": "",
    "TOKEN_LIMIT_PER_USER": None,
    "AUTO_REFRESH": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "SynthWeb",
    "DESCRIPTION": "People and language models annotate datasets together.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": ["annotation.api.describing.with_parts"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Files ------------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "synthweb.joining.JoinedFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = SYNTHWEB_FILES = HOME / "files"  # imports and snapshots: only views that checked the asker read from here
MEDIA_URL = "/files-are-never-served-by-path/"
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
SYNTHWEB_LEASE_SECONDS = float(os.environ.get("SYNTHWEB_LEASE_SECONDS", "20"))  # a dead worker's hold on its work
SYNTHWEB_MAX_UPLOAD_MB = int(os.environ.get("SYNTHWEB_MAX_UPLOAD_MB", "512"))
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 << 20  # bodies other than files
DATA_UPLOAD_MAX_NUMBER_FILES = 10

# --- Logs -------------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {
        # Celery and HTTP clients log arguments, URLs and bodies at INFO: none of our users' text in logs.
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "httpcore2": {"level": "WARNING"},
        "openai": {"level": "WARNING"},
        "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
