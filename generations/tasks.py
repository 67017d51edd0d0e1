"""The jobs and schedules of what gets made: one line each. What happens is in pipeline/."""

from generations.actions import invoices
from generations.pipeline import (
    account_check,
    cancel,
    characters,
    derive,
    fetch,
    import_look,
    import_run,
    invoicing,
    lookout,
    reconcile,
    recover,
    reference_measuring,
    reference_previews,
    second_look,
    submit,
    tallying,
    tending,
    transferring,
    uploading,
)
from sorahub.jobs.models import Job
from sorahub.jobs.registry import every, handler
from sorahub.jobs.values import Json


@handler("generation.submit", lease=300)
def submit_generation(job: Job) -> Json:
    """Send a reserved generation to its provider, once."""
    return submit.submit(job)


@handler("generation.reconcile")
def reconcile_generation(job: Job) -> Json:
    """Find out whether a create without an answer was taken."""
    return reconcile.reconcile(job)


@handler("generation.fetch", lease=600)
def fetch_generation(job: Job) -> Json:
    """Bring a finished file in and make it a clip."""
    return fetch.fetch(job)


@handler("generation.cancel")
def cancel_generation(job: Job) -> Json:
    """Ask the provider to stop a task."""
    return cancel.cancel(job)


@handler("character.create", lease=300)
def create_character(job: Job) -> Json:
    """Send a character to its provider, once."""
    return characters.create_character(job)


@handler("character.check")
def check_character(job: Job) -> Json:
    """Ask the provider whether an id that a person entered is this character's."""
    return characters.check_character(job)


@handler("generation.recover", lease=600)
def recover_generation(job: Job) -> Json:
    """Bring in the clip of a generation that had been given up."""
    return recover.recover(job)


@handler("generation.second_look")
def look_again_for_generation(job: Job) -> Json:
    """Ask once more for one that had ended, of which the provider has news."""
    return second_look.second_look(job)


@handler("clip.ingest_upload", lease=900)
def ingest_upload(job: Job) -> Json:
    """Make an uploaded file a clip."""
    return uploading.ingest_upload(job)


@handler("clip.derive", lease=900)
def derive_renditions(job: Job) -> Json:
    """Make poster, sprite, waveform, provenance report, and a proxy where it is needed."""
    return derive.derive(job)


@handler("clip.guest_proxy", lease=900)
def derive_guest_proxy(job: Job) -> Json:
    """Make the proxy that guests watch."""
    return derive.guest_proxy(job)


@handler("reference.preview")
def draw_reference(job: Job) -> Json:
    """Draw the small picture of a reference."""
    return reference_previews.draw(job)


@handler("reference.measure", lease=600)
def measure_reference(job: Job) -> Json:
    """Make a file that came in pieces a reference."""
    return reference_measuring.measure(job)


@handler("transfer.check", lease=900)
def check_transfer(job: Job) -> Json:
    """Hash a large file that came in pieces."""
    return transferring.check_transfer(job)


@handler("import.look", lease=300)
def look_into_import(job: Job) -> Json:
    """List, hash and judge what an import was handed."""
    return import_look.look(job)


@handler("import.run", lease=300)
def run_import(job: Job) -> Json:
    """Make clips of an import's rows."""
    return import_run.run_import(job)


@handler("invoice.read", lease=300)
def read_invoice(job: Job) -> Json:
    """Write the lines of a provider's invoice, and find what each is for."""
    return invoicing.read_invoice(job)


@handler("invoice.settle", lease=300)
def settle_invoice(job: Job) -> Json:
    """Correct the journal wherever an invoice differs."""
    return invoices.settle_invoice(job)


@handler("provider.test")
def test_provider(job: Job) -> Json:
    """Test a provider account."""
    return account_check.check_account(job)


@every("sorahub.generations.tend", minutes=1)
def tend() -> Json:
    """Mend what crashes left between two steps."""
    return {**tending.tend(), "unmeasured": reference_measuring.end_dead()}


@every("sorahub.generations.look_out", minutes=1)
def look_out() -> Json:
    """Open and close the alarms that rows alone can show."""
    return {**lookout.look_out()}


@every("sorahub.generations.tidy", minutes=60)
def tidy() -> Json:
    """Remove forgotten temporary files."""
    return tending.tidy()


@every("sorahub.generations.sweep_transfers", minutes=60)
def sweep_transfers() -> Json:
    """Give up transfers that nobody goes on with."""
    return {**transferring.sweep()}


@every("sorahub.generations.tally", minutes=60)
def tally() -> Json:
    """Sum what the journal says of days that are over."""
    return {**tallying.tally()}
