"""Static files with hashed names, also inside JavaScript module imports."""

from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise ships no types
    """Rewrites ``import … from "./x.js"`` to hashed names, so that modules may be cached for ever."""

    support_js_module_import_aggregation = True


class StaticFiles(StaticFilesConfig):
    """Leaves out htmx's extensions: unused here, and their bare imports cannot be given hashed names."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "hx-*.js"]
