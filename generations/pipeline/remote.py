"""From our rows to the providers' plain values: the adapter of an account, and the request of a generation."""

from pathlib import Path

from django.conf import settings

from generations import providers
from generations.models import ErrorClass, Generation, GenerationReference, ProviderAccount
from generations.providers.base import AccountFacts, Adapter, CreateRequest, ProviderError, ReferenceFile
from sorahub.lib import storage

CREATE_SECONDS = 90.0


def adapter_for(account: ProviderAccount) -> Adapter:
    """Return the adapter for an account. Raises InvalidInput for an unknown dialect, Unavailable for an unreadable key."""
    return providers.adapter(
        AccountFacts(
            dialect=account.dialect,
            base_url=account.base_url,
            api_key=account.api_key,
            webhook_secrets=account.webhook_secrets,
            allowed_networks=tuple(settings.HTTP_ALLOWED_PRIVATE_NETWORKS),
            allow_http=settings.HTTP_ALLOW_PLAIN,
            create_timeout=CREATE_SECONDS,
            max_download_bytes=settings.UPLOAD_MAX_BYTES,
        )
    )


def request_for(generation: Generation) -> CreateRequest:
    """Return what is asked of the provider, reference file included."""
    width, _, height = str(generation.params["size"]).partition("x")
    return CreateRequest(
        model=generation.model,
        prompt=generation.prompt.text,
        seconds=int(generation.params["seconds"]),
        width=int(width),
        height=int(height),
        seed=generation.params.get("seed"),
        references=tuple(_file(each) for each in generation.given.select_related("reference")),
        client_id=str(generation.pk),
    )


def error_class_of(error: ProviderError) -> ErrorClass:
    """Return the provider error's class as the model's."""
    return ErrorClass(error.error_class.value)


def words_of(error: ProviderError) -> str:
    """Return what is kept for people: our hint, and the provider's own words behind it."""
    return f"{error.message} ({error.detail})" if error.detail else error.message


def _file(given: GenerationReference) -> ReferenceFile:
    reference = given.reference
    with storage.open_original(reference.storage_key, Path(settings.MEDIA_ROOT)) as file:
        content = file.read()
    name = reference.original_name or f"{reference.sha256[:12]}"
    return ReferenceFile(name, reference.media_type, content, reference.kind, given.role)
