"""A model behind an HTTP address: defined by the site's administrators, chosen by name by everyone else."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

NAME = RegexValidator(r"^[a-z0-9][a-z0-9-]*\Z", _("Lower-case letters, digits and hyphens, such as “team-vllm”."))


class ConnectionKind(models.TextChoices):
    OPENAI = "openai", _("Language model (OpenAI-compatible)")
    ML_BACKEND = "ml_backend", _("Label Studio ML back end")


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def language_models(self) -> ConnectionQuerySet:
        """Those that can be asked anything."""
        return self.filter(active=True, kind=ConnectionKind.OPENAI)

    def ml_backends(self) -> ConnectionQuerySet:
        return self.filter(active=True, kind=ConnectionKind.ML_BACKEND)


class Connection(models.Model):
    kind = models.CharField(
        max_length=20,
        choices=ConnectionKind.choices,
        default=ConnectionKind.OPENAI,
        help_text=_("What is spoken at this address."),
    )
    name = models.CharField(max_length=50, unique=True, validators=[NAME], help_text=_("What labelers call it."))
    base_url = models.CharField(max_length=500, help_text=_("Such as https://llm.example.org/v1, without a key in it."))
    model = models.CharField(
        max_length=200, blank=True, help_text=_("The model's name at this address. Not needed for an ML back end.")
    )
    sealed_key = models.BinaryField(blank=True, default=b"", editable=False, help_text="Encrypted; never shown.")
    concurrency = models.PositiveSmallIntegerField(
        default=4, validators=[MinValueValidator(1), MaxValueValidator(64)], help_text=_("Requests at a time.")
    )
    deadline = models.PositiveSmallIntegerField(
        default=60, validators=[MinValueValidator(1), MaxValueValidator(600)], help_text=_("Seconds for a whole reply.")
    )
    price_in = models.DecimalField(max_digits=10, decimal_places=4, default=0, help_text=_("Per million tokens read."))
    price_out = models.DecimalField(
        max_digits=10, decimal_places=4, default=0, help_text=_("Per million tokens written.")
    )
    active = models.BooleanField(default=True, help_text=_("Labelers may use it."))
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=models.Q(price_in__gte=0, price_out__gte=0), name="connection_prices"),
            models.CheckConstraint(
                condition=models.Q(concurrency__gte=1, concurrency__lte=64), name="connection_concurrency"
            ),
        ]

    def __str__(self) -> str:
        return self.name
