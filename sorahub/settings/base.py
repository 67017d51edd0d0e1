"""What every way of running shares. Anything an operator may set is read here from the environment (.env.example lists it)."""

from pathlib import Path

from csp.constants import NONE, SELF

from sorahub.jobs.cluster import q_cluster_settings
from sorahub.settings import env, sso

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(env.text("SORAHUB_VAR_DIR", str(BASE_DIR / "var")))
MEDIA_ROOT = Path(env.text("SORAHUB_MEDIA_ROOT", str(VAR_DIR / "media")))
KEY_DIR = Path(env.text("SORAHUB_KEY_DIR", str(VAR_DIR / "keys")))
# Where copies of the ledger's signed checkpoints go: a folder (best a mount of another machine), and people who keep them.
CHECKPOINT_DIR = env.text("SORAHUB_CHECKPOINT_DIR")
CHECKPOINT_MAIL = env.words("SORAHUB_CHECKPOINT_MAIL")
RESTORE_WATCH = True  # each process compares them with the database before it changes anything
PUBLIC_URL = env.text("SORAHUB_PUBLIC_URL", "http://localhost:8000")
EVENTS_URL = env.text("SORAHUB_EVENTS_URL", "http://localhost:8001")
SANDBOX_URL = env.text("SORAHUB_SANDBOX_URL", "http://localhost:8002")

DEBUG = False
STYLEGUIDE = False  # the page that shows all components: for developers and browser tests
ALLOWED_HOSTS: list[str] = list(env.words("SORAHUB_ALLOWED_HOSTS", ("localhost", "127.0.0.1")))
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "sorahub.ledger.apps.LedgerConfig",
    "sorahub.jobs.apps.JobsConfig",
    "sorahub.accounts.apps.AccountsConfig",
    "generations.apps.GenerationsConfig",
    "reviews.apps.ReviewsConfig",
    "sorahub.apps.SoraHubConfig",
    "sorahub.accounts.admin_site.HubAdmin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "sorahub.static_files.StaticFiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "django_q",
    "csp",
    "lucide",
]

MIDDLEWARE = [
    "sorahub.middleware.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "sorahub.middleware.ContentSecurityPolicy",
    "sorahub.middleware.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "sorahub.middleware.PersonTimeZone",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "sorahub.middleware.EndedSession",
    "sorahub.middleware.ReadOnly",
    "sorahub.middleware.DomainErrors",
]

ROOT_URLCONF = "sorahub.urls"
WSGI_APPLICATION = "sorahub.wsgi.application"
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
                "sorahub.context.hub",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": env.database("DATABASE_URL", VAR_DIR / "sorahub.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "sorahub_cache",
        "OPTIONS": {
            "MAX_ENTRIES": 10_000
        },  # Django's 300 would let a flood of log-ins push out the counters that limit it
    }
}
Q_CLUSTER = q_cluster_settings()

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "sorahub.accounts.passwords.Argon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "sorahub.accounts.adapter.ClosedSignup"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
MFA_ADAPTER = "sorahub.accounts.second_factors.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "SoraHub"
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an administrator vouches for addresses; nobody changes them
# required: nobody signs with a password alone. offered: only who has a second factor has to use it.
SIGNING_SECOND_FACTOR = env.one_of("SORAHUB_SIGNING_SECOND_FACTOR", ("required", "offered"), "offered")
SIGN_ON = sso.read()
SOCIALACCOUNT_ADAPTER = "sorahub.accounts.single_sign_on.KnownPeopleOnly"
SOCIALACCOUNT_PROVIDERS = sso.providers(SIGN_ON)
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_AUTO_SIGNUP = False
# How many proxies of ours stand in front: limits per address then count people, not the proxy.
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("SORAHUB_TRUSTED_PROXIES", 0)

LANGUAGE_CODE = "en-gb"
TIME_ZONE = env.text("SORAHUB_TIME_ZONE", "UTC")
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "sorahub.static_files.ModuleManifestStorage"},
}
MEDIA_ACCEL_PREFIX = env.text("SORAHUB_MEDIA_ACCEL_PREFIX") or None
UPLOAD_MAX_BYTES = env.integer("SORAHUB_UPLOAD_MAX_BYTES", 5 * 1024**3)
# An import's files: the largest (a zip of many clips), what one person may have on its way, days until it is given up, free space kept.
IMPORT_MAX_BYTES = env.integer("SORAHUB_IMPORT_MAX_BYTES", 50 * 1024**3)
TRANSFER_PERSON_BYTES = env.integer("SORAHUB_TRANSFER_PERSON_BYTES", 200 * 1024**3)
TRANSFER_DAYS = env.integer("SORAHUB_TRANSFER_DAYS", 7)
DISK_RESERVE_BYTES = env.integer("SORAHUB_DISK_RESERVE_BYTES", 1024**3)
# Folders on this machine from which an import may read, named by an administrator.
IMPORT_FOLDERS = list(env.words("SORAHUB_IMPORT_FOLDERS"))
BUNDLE_DAYS = env.integer("SORAHUB_BUNDLE_DAYS", 30)
ANIMATIC_DAYS = env.integer("SORAHUB_ANIMATIC_DAYS", 14)
FILE_UPLOAD_TEMP_DIR = str(MEDIA_ROOT / "incoming")
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024**2

EMAIL_BACKEND = env.text("SORAHUB_EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env.text("SORAHUB_EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("SORAHUB_EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("SORAHUB_EMAIL_USER")
EMAIL_HOST_PASSWORD = env.text("SORAHUB_EMAIL_PASSWORD")
EMAIL_USE_TLS = env.flag("SORAHUB_EMAIL_TLS", default=False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("SORAHUB_FROM_EMAIL", "SoraHub <hub@localhost>")

# What seals certificates (PDF): paths of PEM files with the chain and the key, and the key's passphrase.
PDF_SIGNING_CERT = env.text("SORAHUB_PDF_SIGNING_CERT")
PDF_SIGNING_KEY = env.text("SORAHUB_PDF_SIGNING_KEY")
PDF_SIGNING_PASSPHRASE = env.text("SORAHUB_PDF_SIGNING_PASSPHRASE")
PDF_TEST_AUTHORITY = False  # development makes a test certificate; production seals with the agency's own or not at all
# What else the public page /verify/ tells whoever has a number or a hash: client, signer. Nothing of it by default.
VERIFY_SHOWS = env.choices("SORAHUB_VERIFY_SHOWS", ("client", "signer"))

HTTP_ALLOWED_PRIVATE_NETWORKS = env.words("SORAHUB_ALLOWED_PRIVATE_NETWORKS")
HTTP_ALLOW_PLAIN = env.flag("SORAHUB_ALLOW_PLAIN_HTTP", default=False)
HTTP_RESULT_PORTS = env.integers("SORAHUB_RESULT_PORTS")
TERMS_PRIVATE_NETWORKS = env.words("SORAHUB_TERMS_PRIVATE_NETWORKS")
TERMS_PORTS = env.integers("SORAHUB_TERMS_PORTS")
TERMS_FIRST_SOURCES = env.flag("SORAHUB_TERMS_FIRST_SOURCES", default=True)
# Time-stamp authorities (RFC 3161) in the order in which they are asked; none: nothing is stamped.
TSA_URLS = env.words("SORAHUB_TSA_URL")
TSA_ROOTS = env.text("SORAHUB_TSA_ROOTS")
TSA_USER = env.text("SORAHUB_TSA_USER")
TSA_PASSWORD = env.text("SORAHUB_TSA_PASSWORD")
CLOCK_TOLERANCE_SECONDS = env.integer("SORAHUB_CLOCK_TOLERANCE_SECONDS", 60)
JOBS_FREEZE_SECONDS = env.integer("SORAHUB_JOBS_FREEZE_SECONDS", 180)
# Folders with the operator's own model catalogue (*.toml): rows, routes and amendments beside ours.
CATALOGUE_DIRS = list(env.words("SORAHUB_CATALOGUE_DIRS", (str(VAR_DIR / "catalogue"),)))
# Folders with the operator's own declared providers (*.toml), beside ours.
PROVIDER_DIRS = list(env.words("SORAHUB_PROVIDER_DIRS", (str(VAR_DIR / "providers"),)))
# Content Credentials of what is delivered: the operator's certificate chain and key (PEM files), and where its time is attested.
C2PA_CERT = env.text("SORAHUB_C2PA_CERT")
C2PA_KEY = env.text("SORAHUB_C2PA_KEY")
C2PA_TSA_URL = env.text("SORAHUB_C2PA_TSA_URL")
C2PA_TEST_AUTHORITY = env.flag("SORAHUB_C2PA_TEST_AUTHORITY", default=False)
# By which roots credentials are judged: a published trust list with its name and date, and roots of the operator's own.
C2PA_TRUST_LIST = env.text("SORAHUB_C2PA_TRUST_LIST")
C2PA_TRUST_LIST_NAME = env.text("SORAHUB_C2PA_TRUST_LIST_NAME", "the public trust list")
C2PA_TRUST_LIST_DATE = env.text("SORAHUB_C2PA_TRUST_LIST_DATE")
C2PA_OWN_ANCHORS = env.text("SORAHUB_C2PA_OWN_ANCHORS")
DELIVER_PROMPTS = env.flag("SORAHUB_DELIVER_PROMPTS", default=False)
REAUTHENTICATION_SECONDS = 300
TRACK_MIN_INTERVAL_MS = env.integer("SORAHUB_TRACK_MIN_INTERVAL_MS", 10_000)
TRACK_DEADLINE_HOURS = env.integer("SORAHUB_TRACK_DEADLINE_HOURS", 24)
TRACK_CONNECTIONS = env.integer("SORAHUB_TRACK_CONNECTIONS", 128)
BATCH_MOST_CELLS = env.integer("SORAHUB_BATCH_MOST_CELLS", 200)

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF, EVENTS_URL],
        "form-action": [SELF, *(SIGN_ON.origins if SIGN_ON else ())],  # a form's redirects count, too
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "sorahub.accounts.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "sorahub.accounts.tokens.ScopeAllows",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "sorahub.parsing.Negotiation",
    "DEFAULT_PARSER_CLASSES": [
        "sorahub.parsing.JsonParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "sorahub.pagination.KeysetPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "sorahub.problems.handler",
    "DEFAULT_VERSIONING_CLASS": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "SoraHub API",
    "VERSION": "1",
    "DESCRIPTION": "Projects, prompts, generations, clips, review, licence records, clearance and evidence.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "sorahub.document.with_problems",
    ],
    "ENUM_NAME_OVERRIDES": {
        "PersonKind": "sorahub.accounts.roles.Kind",
        "ReferenceKind": "generations.models.Reference.Kind",
        "ReferenceLicence": "generations.models.rights_words.Licence",
        "ReferenceRole": "generations.models.rights_words.Role",
        "Known": "generations.models.rights_words.Known",
        "IntakeState": "generations.models.ReferenceIntake.State",
        "RenditionKind": "generations.models.Rendition.Kind",
        "TermsSourceKind": "reviews.models.TermsSource.Kind",
        "ReleaseKind": "reviews.models.Release.Kind",
        "ShapeKind": "reviews.models.Shape.Kind",
        "GenerationState": "generations.models.State",
        "UploadState": "generations.models.Upload.State",
        "ImportState": "generations.models.ImportRun.State",
        "ImportRowState": "generations.models.ImportRow.State",
        "TransferState": "generations.models.Transfer.State",
        "TransferPurpose": "generations.models.Transfer.Purpose",
        "BundleState": "reviews.models.Bundle.State",
        "LabelPosition": "reviews.models.DisclosureRule.Position",
        "BundleVariant": "reviews.models.Bundle.Variant",
        "StageStanding": "reviews.api.serializers.STAGE_STATES",
        "StageRole": "reviews.api.serializers.ROLES",
        "SignOffMeaning": "reviews.models.SignOff.Meaning",
        "Finding": "reviews.models.Finding",
        "ChangeVerdict": "reviews.models.ChangeJudgement.Verdict",
        "VerdictEnum": "reviews.models.Verdict",
        "Use": "reviews.models.Use",
        "Purpose": "reviews.models.Purpose",
        "Alteration": "reviews.models.Alteration",
        "DepictionKind": "reviews.models.Depiction.Kind",
        "NoteStates": "reviews.api.note_files.NOTE_STATES",
        "NoteSheetState": "reviews.api.note_files.SHEET_STATES",
        "DutyStatus": "reviews.models.DisclosureRule.Status",
        "KeptSort": "generations.models.KeptWords.Sort",
        "NameSort": "generations.models.KnownName.Sort",
        "FieldSort": "reviews.models.CustomField.Sort",
        "StandingDutyStatus": "reviews.api.duties.STANDING",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"context": {"()": "sorahub.logs.ContextFilter"}},
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "{asctime} {levelname} {name} {message} {request_id} {generation_id}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["context"]}},
    "loggers": {
        "httpcore": {"level": "INFO"}
    },  # at DEBUG it writes whole headers, and a provider may repeat our key there
    "root": {"handlers": ["stderr"], "level": env.text("SORAHUB_LOG_LEVEL", "INFO")},
}
