"""Person and User: a human being, and one account of theirs."""

import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from sorahub.accounts.roles import Kind, Permission, may
from sorahub.lib.errors import Forbidden
from sorahub.lib.ids import uuid7


def known_time_zone(name: str) -> None:
    """Refuse names that the IANA database does not have."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"“{name}” is not a time zone. Use a name such as Europe/Berlin.")


class Person(models.Model):
    """A human being. Separation of duties looks at the person, never at the account."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "people"
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class UserQuerySet(models.QuerySet["User"]):
    """Accounts and who may see them."""

    def visible_to(self, user: "User") -> "UserQuerySet":
        """Administrators see every account, others those they share a project with; guests see only themselves."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.kind == Kind.ADMINISTRATOR:
            return self
        if user.kind == Kind.GUEST:
            return self.filter(pk=user.pk)
        own = user.memberships.values("project_id")
        return self.filter(models.Q(pk=user.pk) | models.Q(memberships__project_id__in=own)).distinct()


class UserManager(BaseUserManager["User"]):
    """Makes accounts; e-mail addresses are kept in lower case so that one address is one account."""

    def get_queryset(self) -> UserQuerySet:
        """Return the account queryset with its scoping methods."""
        return UserQuerySet(self.model, using=self._db)

    def visible_to(self, user: "User") -> UserQuerySet:
        """See UserQuerySet.visible_to."""
        return self.get_queryset().visible_to(user)

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        """Create an account; without a ``person`` a new one is made from ``name`` (or the e-mail address)."""
        name = extra.pop("name", "") or email
        person = extra.pop("person", None) or Person.objects.create(name=name)
        user = self.model(email=email.strip().lower(), person=person, **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "User":
        """Create an administrator. Administrators run the hub; they sign nothing."""
        extra |= {"kind": Kind.ADMINISTRATOR, "is_staff": True, "is_superuser": True}
        return self.create_user(email, password, **extra)


class User(AbstractUser):
    """One account: an e-mail address, one kind of person, one time zone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = None  # type: ignore[assignment]  # the e-mail address is the user name
    first_name = None  # type: ignore[assignment]  # the person carries the name
    last_name = None  # type: ignore[assignment]  # the person carries the name
    email = models.EmailField("e-mail address", unique=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="accounts")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.REVIEWER)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[known_time_zone])
    preferences = models.JSONField(
        default=dict, blank=True, editable=False, help_text="Keys of the player and what is mailed."
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]  # no username, hence not Django's manager

    class Meta:
        ordering = ["email"]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="user_kind_known"),
            models.UniqueConstraint(Lower("email"), name="user_email_unique_ignoring_case"),
        ]

    def __str__(self) -> str:
        return self.get_full_name()

    def get_full_name(self) -> str:
        """Return the person's name."""
        return self.person.name

    def get_short_name(self) -> str:
        """Return the first word of the person's name."""
        return self.person.name.split(" ")[0]

    def may(self, permission: Permission) -> bool:
        """Say whether this active account's kind grants the permission."""
        return self.is_active and may(self.kind, permission)

    def demand(self, permission: Permission) -> None:
        """Raise Forbidden unless this account's kind grants the permission."""
        if not self.may(permission):
            raise Forbidden(f"{Kind(self.kind).label} accounts may not: {permission.label.lower()}.")
