"""What a preview answers."""

from typing import Any

from rest_framework import serializers


class RefusalSerializer(serializers.Serializer[Any]):
    """Why a request would not be launched."""

    code = serializers.CharField()
    field = serializers.CharField()
    message = serializers.CharField()


class MoneySerializer(serializers.Serializer[Any]):
    """Millionths of a currency's unit, and how they were reckoned."""

    micro = serializers.IntegerField()
    currency = serializers.CharField()
    basis = serializers.CharField()


class AlternativeSerializer(serializers.Serializer[Any]):
    """A model that could serve instead."""

    route = serializers.CharField()
    model = serializers.CharField()
    mode = serializers.CharField()
    title = serializers.CharField()


class PreviewSerializer(serializers.Serializer[Any]):
    """What would happen: every reason against it, what one should know, and what it should cost (null: no price is known)."""

    refusals = RefusalSerializer(many=True)
    warnings = serializers.ListField(child=serializers.CharField())
    estimate = MoneySerializer(allow_null=True)
    alternatives = AlternativeSerializer(many=True, help_text="Only for a model that cannot be launched any more.")
