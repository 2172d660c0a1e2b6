"""The shapes of bodies: strict JSON types, and no key that nobody reads. What the values mean, the verbs decide."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class Text(serializers.CharField):
    """Text as it comes: a number is not text, and spaces belong to whoever wrote them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("This must be text.")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number that fits a bigint; true is not 1, and "1" is text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": 2**63 - 1, **options})

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            raise serializers.ValidationError("This must be a whole number.")
        return super().to_internal_value(data)


class Number(serializers.FloatField):
    """A JSON number."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            raise serializers.ValidationError("This must be a number.")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """true or false, nothing that resembles them."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("This must be true or false.")
        return data


class Body(serializers.Serializer):
    """A request body. Unknown keys are refused: ignoring one silently would look like obeying it."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise serializers.ValidationError({"non_field_errors": ["A JSON object is expected."]})
        unknown = [key for key in data if key not in self.fields]
        if unknown:
            known = ", ".join(self.fields) or "none"
            raise serializers.ValidationError(
                {str(key)[:80]: [f"There is no such key here; known: {known}."] for key in unknown[:20]}
            )
        return super().to_internal_value(data)


class Empty(Body):
    """`{}`, or no body at all."""


class JsonObject(serializers.JSONField):
    """Any JSON object."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise serializers.ValidationError("This must be an object.")
        return data
