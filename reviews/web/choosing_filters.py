"""What an address narrows the grid of takes to besides its form: a batch, a model, a tag."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from generations.models import Batch, Generation
from generations.models.clip import ClipQuerySet
from reviews.models import Findable, Tag, Tagging
from sorahub.accounts.models import User
from sorahub.lib.ids import read_id

MODEL_LENGTH = 100
UNKNOWN = "one that is not here"


@dataclass(frozen=True)
class Narrowing:
    """What was asked for; of a batch or tag that the person does not see there is no take."""

    batch: UUID | None
    model: str
    tag: UUID | None

    def __bool__(self) -> bool:
        return bool(self.batch or self.model or self.tag)

    @property
    def inputs(self) -> list[tuple[str, object]]:
        """What a form sends along so that it stays."""
        return [(name, value) for name, value in vars(self).items() if value]

    def of(self, rows: ClipQuerySet, user: User) -> ClipQuerySet:
        """Leave the takes that are so; each once, though several generations made the same bytes."""
        made = Generation.objects.visible_to(user).filter(clip=OuterRef("pk"))
        if self.batch:
            rows = rows.filter(Exists(made.filter(batch=self.batch)))
        if self.model:
            declared = Q(declared_model__iexact=self.model) & ~Exists(made)
            rows = rows.filter(declared | Exists(made.filter(model__iexact=self.model)))
        if self.tag:
            seen = Tag.objects.visible_to(user).filter(pk=self.tag)
            rows = rows.filter(
                Exists(Tagging.objects.filter(kind=Findable.CLIP, object_id=OuterRef("pk"), tag__in=seen))
            )
        return rows

    def labels(self, user: User) -> dict[str, str]:
        """Return each in words, by its name in the address; one statement for each that is asked for."""
        told = {}
        if self.batch:
            batch = Batch.objects.visible_to(user).filter(pk=self.batch).first()
            told["batch"] = f"Batch: {batch or UNKNOWN}"
        if self.model:
            told["model"] = f"Model: {self.model}"
        if self.tag:
            tag = Tag.objects.visible_to(user).filter(pk=self.tag).first()
            told["tag"] = f"Tag: {tag or UNKNOWN}"
        return told


def read(said: Mapping[str, str]) -> Narrowing:
    """Read the address; a damaged id narrows nothing."""
    return Narrowing(
        batch=read_id(said.get("batch", "")),
        model=said.get("model", "").replace("\0", "").strip()[:MODEL_LENGTH],
        tag=read_id(said.get("tag", "")),
    )
