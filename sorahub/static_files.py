"""Static files with hashed names, also inside JavaScript module imports."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise ships no types
    """Rewrites ``import … from "./x.js"`` to hashed names, so that modules may be cached for ever."""

    support_js_module_import_aggregation = True
