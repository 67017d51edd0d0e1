"""Give what was there already its place in the new tables: roles of references, sizes of images, lines of the journal."""

from pathlib import Path

from django.conf import settings
from django.db import migrations
from PIL import Image

ROLE = "first_frame"


def carry_references(apps, schema_editor):
    """Each reference given to a generation, in the one role there was."""
    given = apps.get_model("generations", "GenerationReference")
    through = apps.get_model("generations", "Generation").references.through
    places = {}
    for row in through.objects.order_by("generation_id", "pk").iterator():
        place = places[row.generation_id] = places.get(row.generation_id, -1) + 1
        given.objects.create(
            generation_id=row.generation_id, reference_id=row.reference_id, role=ROLE, position=place
        )


def measure_images(apps, schema_editor):
    """Width and height of the images that are there; one whose file is gone stays without."""
    for row in apps.get_model("generations", "Reference").objects.filter(kind="image", width=None).iterator():
        path = Path(settings.MEDIA_ROOT) / row.storage_key
        if path.exists():
            with Image.open(path) as image:
                row.width, row.height = image.size
            row.save(update_fields=["width", "height"])


def write_lines(apps, schema_editor):
    """The journal's entries in double entry."""
    line = apps.get_model("generations", "SpendLine")
    entries = apps.get_model("generations", "SpendEntry").objects.select_related("generation__project")
    for entry in entries.order_by("at").iterator():
        for book, amount in lines_of(entry):
            if amount:
                line.objects.create(
                    entry=entry,
                    book=book,
                    amount_micro=amount,
                    currency=entry.currency,
                    project_id=entry.generation.project_id,
                    client_id=entry.generation.project.client_id,
                    account_id=entry.generation.account_id,
                    at=entry.at,
                )


def lines_of(entry):
    """What an entry moved from which book to which."""
    estimate = entry.generation.estimate_micro
    if entry.kind == "reserved":
        return [("available", -estimate), ("reserved", estimate)]
    if entry.kind == "released":
        return [("reserved", -estimate), ("available", estimate)]
    return [
        ("reserved", -estimate),
        ("spent", entry.amount_micro),
        ("available", estimate - entry.amount_micro),
    ]


class Migration(migrations.Migration):
    dependencies = [("generations", "0002_the_engine")]
    operations = [
        migrations.RunPython(carry_references, migrations.RunPython.noop),
        migrations.RunPython(measure_images, migrations.RunPython.noop),
        migrations.RunPython(write_lines, migrations.RunPython.noop),
    ]
