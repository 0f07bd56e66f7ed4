"""Every setting, read from the environment with a default that runs one office on one machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONCE, NONE, SELF, WASM_UNSAFE_EVAL
from django.utils.translation import gettext_lazy as _

from common.kept_secrets import secret_make
from common.private_files import folder_make, umask_close
from presente import broker, env
from presente.admin_theme import UNFOLD as UNFOLD
from presente.due import CELERY_BEAT_SCHEDULE as CELERY_BEAT_SCHEDULE
from presente.file_places import storages
from presente.log_settings import log_settings

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.folder("PRESENTE_DATA", BASE_DIR / "var")
umask_close()
folder_make(DATA_DIR)

KEYS_DIR = env.folder("PRESENTE_KEYS", DATA_DIR / "keys") if env.text("PRESENTE_KEYS") else None
"""Where all keys lie, ``keys`` in the data folder where it is not set: on a disk of its own, backups keep it apart."""
SECRET_KEY = env.text("PRESENTE_SECRET_KEY") or secret_make((KEYS_DIR or DATA_DIR / "keys") / "django.key")
env.secret("PRESENTE_MASTER_KEY", (KEYS_DIR or DATA_DIR / "keys") / "master.key")
MASTER_KEY = env.text("PRESENTE_MASTER_KEY")
"""Wraps each person's own key; without it no photo and no template can be read. Empty: in a file, made on first use."""
MASTER_KEY_PREVIOUS = env.text("PRESENTE_MASTER_KEY_PREVIOUS")
"""The one before it, while `manage.py rotate_master_key` has not run; a file's own is kept beside it."""

DEBUG = env.flag("PRESENTE_DEBUG")
ALLOWED_HOSTS = env.names("PRESENTE_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_FAILURE_VIEW = "common.problems.csrf_failed"
CSRF_TRUSTED_ORIGINS = env.names("PRESENTE_ORIGINS", [])
HTTPS = env.flag("PRESENTE_HTTPS")
"""True behind a TLS proxy: cookies are then sent over HTTPS alone."""

OWN_APPS = [
    "presente",
    "privacy",
    "phone",
    "kiosk",
    "doors",
    "reporting",
    "webhooks",
    "leave",
    "planning",
    "notifications",
    "attendance",
    "approvals",
    "recognition",
    "employees",
    "common",
]

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "presente.admin_config.PresenteAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_api_key",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "csp",
    *OWN_APPS,
]

MIDDLEWARE = [
    "common.request_id.RequestId",
    "presente.metrics.receivers.CountRequests",
    "django.middleware.security.SecurityMiddleware",
    "presente.middleware.PrivateAnswers",
    "common.middleware.RefuseUnreadable",
    "csp.middleware.CSPMiddleware",
    "presente.middleware.KioskPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "presente.middleware.OnCompanyTime",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "common.middleware.AuditActor",
    "presente.middleware.EndSessions",
    "presente.middleware.TraceReads",
    "django.contrib.messages.middleware.MessageMiddleware",
    "common.login_redirects.SayNotSaved",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "presente.urls"
WSGI_APPLICATION = "presente.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

WEB_THREADS = 16
"""Requests that a web process serves at once."""
WEB_PROCESSES = env.integer("PRESENTE_WEB_PROCESSES", 1, minimum=1, maximum=64)
"""Web processes of this machine, each with the engine and the gallery in its memory."""

DATABASES = {"default": env.database("DATABASE_URL", DATA_DIR / "presente.sqlite3")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, so that live servers and real workers in tests see the same rows.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / f"test-{os.getpid()}.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "employees.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "employees.access.RoleBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
PASSWORD_LENGTH = 12
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": PASSWORD_LENGTH}),
        ("CommonPasswordValidator", {}),
    )
] + [{"NAME": "presente.password_length.LongestPassword"}]
PASSWORD_RESET_TIMEOUT = 3600
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

OIDC = env.oidc((KEYS_DIR or DATA_DIR / "keys") / "oidc.secret")
"""The company's own login (OpenID Connect) beside the password; None where there is none."""

AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
PROXIES = env.integer("PRESENTE_PROXIES", 0)
"""How many proxies stand in front: the client's address is then the one that the outermost of them saw."""
AXES_CLIENT_IP_CALLABLE = "common.limits.client_address"
SIGN_IN_FAILURES = 40
"""Wrong passwords from one address, or for one user name, in ``SIGN_IN_SECONDS``: more are those of somebody who tries
many. Who logged in from that address before is let through."""
SIGN_IN_SECONDS = 900
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "presente/locked.html"

SECOND_FACTOR_ROLES = env.names("PRESENTE_SECOND_FACTOR", [])
"""Roles, such as hr,it, for which nothing opens before an app or a passkey is set up."""
SESSION_IDLE_SECONDS = env.integer("PRESENTE_SESSION_IDLE", 60, minimum=1) * 60
"""A login ends so long after its last request."""
SESSION_COOKIE_AGE = env.integer("PRESENTE_SESSION_HOURS", 12, minimum=1) * 3600
"""And so long after it began, however busy it was."""
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
"""The prefix has browsers take it from this host alone, over HTTPS."""
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS, SECURE_HSTS_INCLUDE_SUBDOMAINS = 31536000 if HTTPS else 0, HTTPS
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": [],
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        # Logging out sends a form's browser on to the provider.
        "form-action": [SELF, *([OIDC.origin] if OIDC else [])],
        "frame-ancestors": [NONE],
    },
}
KIOSK_CSP = {"script-src": [SELF, NONCE, WASM_UNSAFE_EVAL]}
"""The kiosk's page runs its face detector as WebAssembly; no other page may."""

LANGUAGE_CODE = env.text("PRESENTE_LANGUAGE", "en")
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.text("PRESENTE_TIME_ZONE", "UTC")
"""Holds until the company chooses its zone in the program (``common.company``)."""
TIME_ZONE_CHOSEN = bool(env.text("PRESENTE_TIME_ZONE"))
FORMAT_MODULE_PATH = ["presente.formats"]
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
BROWSER_DIR = env.folder("PRESENTE_BROWSER_FILES", DATA_DIR / "browser")
"""What the kiosk's page runs beside our own scripts: fetched, not ours (see presente/browser_files.py)."""
BROWSER_DIR.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static", ("vendor", BROWSER_DIR)]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = storages("PRESENTE_STORAGE", DATA_DIR)
DATA_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

SITE_URL = env.text(
    "PRESENTE_URL", CSRF_TRUSTED_ORIGINS[0] if CSRF_TRUSTED_ORIGINS else "http://127.0.0.1:8000"
).rstrip("/")
"""What the links of messages begin with."""
_MAIL = env.mail("EMAIL_URL")
EMAIL_BACKEND, EMAIL_FILE_PATH, EMAIL_TIMEOUT = _MAIL.backend, _MAIL.folder, 20
EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL.host, _MAIL.port, _MAIL.user, _MAIL.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL.starttls, _MAIL.tls
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("PRESENTE_MAIL_FROM", "presente@localhost")

REDIS_URL = env.text("REDIS_URL")
"""Another broker and cache than the embedded one (presente/broker.py)."""
_QUEUE_PREFIX = env.text("PRESENTE_QUEUE_PREFIX")
"""Keeps two installations on one Redis apart."""
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "presente.cache.TolerantCache",
        "LOCATION": REDIS_URL or broker.cache_url(DATA_DIR),
        "KEY_PREFIX": _QUEUE_PREFIX,
        # Somebody waits for every answer of the cache.
        "OPTIONS": {"socket_timeout": 2, **({"socket_connect_timeout": 2} if REDIS_URL else {})},
    }
}
CELERY_BROKER_URL = REDIS_URL or broker.message_url(DATA_DIR)
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
    # Whoever hands a task over while the broker is away does not wait for it: a sweep hands it over later.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    # What a killed worker had taken is found again by the sweeps, within a minute or so. The broker hands it out again
    # too, but may not before the longest task is over (two hours, recognition/training/apart.py).
    "visibility_timeout": 3 * 3600,
}
# A broker that is started again is waited for, however long it takes.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
QUEUES = {name: f"{_QUEUE_PREFIX}{name}" for name in ("faces", "reports", "training")}
"""One for each kind of work, so that what takes minutes never stands before what somebody waits for."""
CELERY_TASK_DEFAULT_QUEUE = QUEUES["faces"]
CELERY_TASK_ROUTES = {
    f"{app}.*": {"queue": QUEUES["reports"]}
    for app in ("approvals", "attendance", "employees", "notifications", "privacy", "reporting", "webhooks")
} | {f"recognition.training_{step}": {"queue": QUEUES["training"]} for step in ("run", "embed")}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
CELERY_TIMEZONE = "UTC"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "employees.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["employees.authentication.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "common.problems.problem_details",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_THROTTLE_RATES": {"identify": env.text("PRESENTE_IDENTIFY_RATE", "") or None},
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Presente",
    "DESCRIPTION": "Recognise people and read their attendance.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
}

ENGINE = env.text("PRESENTE_ENGINE", "recognition.engines.PublishedEngines")
"""The dotted path of a ``recognition.engines.EngineFactory``; tests name one that knows colours instead of faces."""
MODELS_DIR = env.folder("PRESENTE_MODELS", DATA_DIR / "models")
LIVENESS_MODEL_URL = env.text(
    "PRESENTE_LIVENESS_MODEL_URL",
    "https://raw.githubusercontent.com/minivision-ai/Silent-Face-Anti-Spoofing/"
    "f679b7c96ad407d1114182847d3e0c20619a76d0/resources/anti_spoof_models",
)
"""Where the liveness network's two files are fetched from; a mirror has to hold the same ones."""
KEEP_IMAGES = env.flag("PRESENTE_KEEP_IMAGES")
"""True stores the (encrypted) picture beside each decision; a company has to choose it."""
FINE_TUNE = env.flag("PRESENTE_FINE_TUNE", True)
"""True: new photos ask for a fine-tune by themselves."""
TRAINING_DELAY = env.integer("PRESENTE_TRAINING_DELAY", 600)
"""Seconds without a new photo before a fine-tune begins, so that a day's hires make one run."""
TRAINING_LEASE = env.integer("PRESENTE_TRAINING_LEASE", 60)
"""Seconds after which a training run whose worker is silent goes to another one."""
ERASE_AFTER_DAYS = env.integer("PRESENTE_ERASE_AFTER_DAYS", 30)
"""So many days after the last day at work a person's photos, templates and key are erased."""
RETENTION_DAYS = {
    "pictures": env.integer("PRESENTE_KEEP_PICTURES_DAYS", 30),
    "decisions": env.integer("PRESENTE_KEEP_DECISIONS_DAYS", 365),
    "access_events": env.integer("PRESENTE_KEEP_ACCESS_EVENTS_DAYS", 180),
    "logins": env.integer("PRESENTE_KEEP_LOGINS_DAYS", 90),
    "places": env.integer("PRESENTE_KEEP_PLACES_DAYS", 180),
    "exports": env.integer("PRESENTE_KEEP_EXPORTS_DAYS", 7),
    "notifications": env.integer("PRESENTE_KEEP_NOTIFICATIONS_DAYS", 90),
    "audit": env.integer("PRESENTE_KEEP_AUDIT_DAYS", 1825),
}
"""How long each class of data is kept, by `manage.py retention` once a day; 0 keeps it for ever."""
TIMESTAMP_URL = env.text("PRESENTE_TIMESTAMP_URL")
"""An RFC 3161 authority that signs the audit trail's anchor of each day; empty: none is asked."""
TIMESTAMP_ROOTS = env.text("PRESENTE_TIMESTAMP_ROOTS")
"""The file with that authority's root certificate (PEM), without which no timestamp is taken."""
CONSENT_POLICY_VERSION = env.text("PRESENTE_CONSENT_POLICY", "2026-1")
WEBHOOK_LOOPBACK = env.flag("PRESENTE_WEBHOOK_LOOPBACK")
"""True lets webhooks, chat and push messages reach this machine itself, for a receiver that runs beside Presente."""
TRUST_NTP = env.flag("PRESENTE_TRUST_NTP", True)
"""True: where the kernel says that NTP holds the clock, it is right whatever was stored before."""
PIN_DIGITS = env.integer("PRESENTE_PIN_DIGITS", 6, minimum=4, maximum=8)
"""The fewest digits of a PIN; what was set before stays until it is changed."""
BACKUP_DIR = env.folder("PRESENTE_BACKUP", DATA_DIR / "backup")
"""Where `manage.py upgrade` backs up first."""
METRICS_TOKEN = env.text("PRESENTE_METRICS_TOKEN")
"""Whoever sends it as a bearer token may read /metrics."""
METRICS_NETWORKS = env.networks("PRESENTE_METRICS_NETWORKS", ["127.0.0.0/8", "::1/128"])
"""Who asks from these without a proxy may, too."""
TRACES_URL = env.text("PRESENTE_TRACES")
"""The OpenTelemetry collector that traces are sent to, such as http://127.0.0.1:4318; empty: none are made."""
LOGGING = log_settings()
