"""Accounts, clients, tokens and ledger events as the API shows and takes them."""

import json
from typing import Any

from rest_framework import serializers

from sorahub.accounts.models import ApiToken, Client, User
from sorahub.accounts.models.person import known_time_zone
from sorahub.accounts.roles import GRANTS, Kind, Permission
from sorahub.ledger.models import Checkpoint, Event


class PersonSerializer(serializers.ModelSerializer[User]):
    """An account and the human being behind it."""

    name = serializers.CharField(source="person.name", read_only=True)
    person = serializers.UUIDField(
        source="person_id", read_only=True, help_text="The human being: one, of many accounts."
    )

    class Meta:
        model = User
        fields = ["id", "name", "email", "kind", "person", "is_active"]
        read_only_fields = fields


class MeSerializer(PersonSerializer):
    """The own account, with what it may do."""

    permissions = serializers.SerializerMethodField()

    class Meta(PersonSerializer.Meta):
        fields = [*PersonSerializer.Meta.fields, "time_zone", "permissions"]
        read_only_fields = fields

    def get_permissions(self, user: User) -> list[str]:
        """The permissions of the account's kind, in order."""
        return sorted(permission.value for permission in Permission if permission in GRANTS[Kind(user.kind)])


class PersonInput(serializers.Serializer[Any]):
    """A new account."""

    name = serializers.CharField(max_length=200)
    email = serializers.EmailField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    password = serializers.CharField(write_only=True, required=False, help_text="Without one: log-in by e-mailed code.")
    time_zone = serializers.CharField(default="UTC", validators=[known_time_zone])


class ClientSerializer(serializers.ModelSerializer[Client]):
    """A customer of the agency."""

    class Meta:
        model = Client
        fields = ["id", "name", "created_at"]
        read_only_fields = fields


class ClientInput(serializers.Serializer[Any]):
    """A new customer."""

    name = serializers.CharField(max_length=200)


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A key for programs; its secret is never shown again."""

    class Meta:
        model = ApiToken
        fields = ["id", "name", "prefix", "scope", "created_at", "expires_at", "last_used_at", "revoked_at"]
        read_only_fields = fields


class IssuedTokenSerializer(TokenSerializer):
    """A token at the moment of its birth, the only one at which its secret is known."""

    secret = serializers.CharField(read_only=True)

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "secret"]
        read_only_fields = fields


class TokenInput(serializers.Serializer[Any]):
    """A new token."""

    name = serializers.CharField(max_length=100)
    scope = serializers.ChoiceField(choices=ApiToken.Scope.choices, default=ApiToken.Scope.READ)
    days = serializers.IntegerField(default=90, help_text="How long it lives.")


class EventSerializer(serializers.ModelSerializer[Event]):
    """One thing that was done. The body holds ids, numbers and salted hashes, never a person in clear."""

    chain = serializers.CharField(source="chain.key", read_only=True, help_text="The client's id, or hub.")
    body = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = [
            "id", "chain", "seq", "at", "kind", "actor", "subject_type", "subject_id", "body", "leaf_hash", "link_hash",
        ]  # fmt: skip
        read_only_fields = fields

    def get_body(self, event: Event) -> dict[str, Any]:
        """The canonical JSON that is hashed, parsed."""
        body: dict[str, Any] = json.loads(event.body)
        return body


class CheckpointSerializer(serializers.ModelSerializer[Checkpoint]):
    """A signed statement of a chain's size and Merkle root. The note is what was signed, as a C2SP signed note."""

    chain = serializers.CharField(source="chain.key", read_only=True, help_text="The client's id, or hub.")

    class Meta:
        model = Checkpoint
        fields = ["id", "chain", "size", "root", "head", "at", "key_id", "note"]
        read_only_fields = fields


class InclusionSerializer(serializers.Serializer[Any]):
    """RFC 9162, section 2.1.3: with this path the event's entry leads to the root that the checkpoint's note states."""

    entry = serializers.CharField(
        help_text="The canonical JSON of the event; its leaf is SHA-256 over a zero byte and this."
    )
    leaf_index = serializers.IntegerField()
    leaf_hash = serializers.CharField()
    path = serializers.ListField(child=serializers.CharField(), help_text="Hashes from the leaf upwards, hexadecimal.")
    checkpoint = CheckpointSerializer()


class ConsistencySerializer(serializers.Serializer[Any]):
    """RFC 9162, section 2.1.4: the newer checkpoint's tree only adds to the older one's."""

    older = CheckpointSerializer()
    newer = CheckpointSerializer()
    path = serializers.ListField(child=serializers.CharField(), help_text="Hashes, hexadecimal.")


class ConsistencyInput(serializers.Serializer[Any]):
    """Which earlier checkpoint."""

    older = serializers.UUIDField(help_text="A checkpoint of the same chain, not larger, and not of an empty chain.")
