"""Which family a language model is of: models of one family err alike, and favour each other's answers."""

from __future__ import annotations

import re

# By how names begin, of whatever part of a path. What is listed earlier wins: DeepSeek-R1-Distill-Llama thinks as a
# Llama does, but was taught by DeepSeek.
FAMILIES = {
    "DeepSeek": ("deepseek",),
    "SmolLM": ("smollm",),
    "Llama": ("llama", "meta-llama", "tinyllama"),
    "Qwen": ("qwen", "qwq"),
    "Mistral": ("mistral", "mixtral", "ministral", "magistral", "codestral"),
    "Gemma": ("gemma",),
    "Gemini": ("gemini",),
    "GPT": ("gpt", "chatgpt", "o1", "o3", "o4"),
    "Claude": ("claude",),
    "Phi": ("phi",),
    "Command": ("command", "c4ai", "aya"),
    "OLMo": ("olmo", "tulu"),
    "Granite": ("granite",),
    "Falcon": ("falcon",),
    "Yi": ("yi",),
    "GLM": ("glm", "chatglm"),
    "Kimi": ("kimi", "moonshot"),
    "Grok": ("grok",),
    "Nova": ("nova",),
}
WORDS = re.compile(r"[^a-z0-9]+")


def family_of(model: str) -> str:
    """“meta-llama/Llama-3.1-8B-Instruct” → “Llama”; a name that is none we know is a family of its own."""
    words = [word for word in WORDS.split(model.casefold()) if word]
    for family, beginnings in FAMILIES.items():
        # A digit may follow: “gpt4”, “qwen3”. “phi” is no beginning of “philosophy”.
        if any(re.fullmatch(rf"{re.escape(each)}\d*[a-z]?", word) for word in words for each in beginnings):
            return family
    return model
