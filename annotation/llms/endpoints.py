"""Where a language model is reached over HTTP, as the site's administrators wrote it down."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from decimal import Decimal

SAMPLES = 5
MOST_SAMPLES = 20
MILLION = 1_000_000
# Shorter ones could be part of any text.
SECRET_CHARACTERS = 6
# What is spoken at an address.
OPENAI, ML_BACKEND = "openai", "ml_backend"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model at one address. Workflow makes these from rows that only administrators write."""

    name: str
    base_url: str
    model: str
    key: str = field(default="", repr=False)
    concurrency: int = 4
    """Requests in flight at a time, per worker process."""
    deadline: float = 60.0
    """Seconds for a whole reply, from the first byte sent to the last one read."""
    price_in: Decimal = Decimal(0)
    """Per million tokens read."""
    price_out: Decimal = Decimal(0)
    """Per million tokens written."""
    samples: int = SAMPLES
    """How often a text is asked about where the server offers no log-probabilities."""
    kind: str = OPENAI

    @property
    def called(self) -> str:
        """How messages begin that are about it."""
        return f"The endpoint “{self.name}”"

    @property
    def digest(self) -> str:
        """A fingerprint of what decides a reply: neither the key, nor the prices, nor how patient we are."""
        settings = [self.base_url, self.model, self.samples, *([self.kind] if self.kind != OPENAI else [])]
        return hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:16]

    def without_key(self, text: str) -> str:
        """What it said, with its key taken out, and the password of a name and a password."""
        for secret in (self.key, self.key.partition(":")[2]):
            if len(secret) >= SECRET_CHARACTERS:
                text = text.replace(secret, "•••")
        return text

    def cost(self, tokens_in: float, tokens_out: float) -> Decimal:
        """What so many tokens cost, in the currency of the prices."""
        return (self.price_in * Decimal(tokens_in) + self.price_out * Decimal(tokens_out)) / MILLION
