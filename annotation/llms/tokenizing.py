"""Prompts as the tokens that a local model reads."""

from __future__ import annotations

from typing import Any

from .base import Prompt
from .packing import Tokens
from .windows import CHARACTERS_PER_TOKEN

PLACEHOLDER = "{{here}}"


class PromptTokenizer:
    """A tokenizer with its chat template. `text_tokens`: how much of each prompt's text is read."""

    def __init__(self, tokenizer: Any, text_tokens: int) -> None:
        self._tokenizer, self._text_tokens = tokenizer, text_tokens
        self.opening, self.closing = self._read_chat_template()

    @property
    def pad(self) -> int:
        return self._tokenizer.pad_token_id if self._tokenizer.pad_token_id is not None else 0

    def encode(self, text: str) -> Tokens:
        # split_special_tokens: a text that spells “<|im_end|>” gets the letters, not the control token.
        return tuple(self._tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"])

    def decode(self, tokens: Tokens) -> str:
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True))

    def prefix(self, prompt: Prompt) -> Tokens:
        """What prompts with the same instructions share."""
        return self.opening + self.encode(prompt.instructions)

    def body(self, prompt: Prompt) -> tuple[Tokens, float]:
        """What follows the prefix, and the share of the prompt's text that is in it."""
        text, read = self._encode_text(prompt.text)
        return text + self.encode(prompt.cue) + self.closing + self.encode(prompt.lead), read

    def _encode_text(self, text: str) -> tuple[Tokens, float]:
        # Cut before tokenising too, so that ten megabytes in one field cost no more than a page.
        shown = text[: self._text_tokens * CHARACTERS_PER_TOKEN]
        tokens = self.encode(shown)
        kept = tokens[: self._text_tokens]
        if len(kept) == len(tokens) and len(shown) == len(text):
            return kept, 1.0
        return kept, len(kept) / len(tokens) * len(shown) / len(text)

    def _read_chat_template(self) -> tuple[Tokens, Tokens]:
        """What comes before a user's words, and between them and the reply: a blank line for a base model."""
        start = tuple(self._tokenizer("", add_special_tokens=True)["input_ids"])
        if not self._tokenizer.chat_template:
            return start, self.encode("\n\n")
        rendered = self._tokenizer.apply_chat_template(
            [{"role": "user", "content": PLACEHOLDER}], tokenize=False, add_generation_prompt=True
        )
        before, _, after = str(rendered).partition(PLACEHOLDER)
        encode = self._tokenizer
        return tuple(encode(before, add_special_tokens=False)["input_ids"]), tuple(
            encode(after, add_special_tokens=False)["input_ids"]
        )
