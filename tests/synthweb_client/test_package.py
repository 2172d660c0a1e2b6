from __future__ import annotations

import ast
import sys
from pathlib import Path

import synthweb_client

FOLDER = Path(synthweb_client.__file__).parent
# What only some need, by the one module that needs it.
OPTIONAL = {"frames": {"pandas"}, "huggingface": {"datasets"}}


def test_it_needs_nothing_of_the_server_and_one_library() -> None:
    wrong = []
    for path in FOLDER.glob("*.py"):
        allowed = {*sys.stdlib_module_names, "httpx2"} | OPTIONAL.get(path.stem, set())
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            if isinstance(node, ast.ImportFrom) and node.module in OPTIONAL:
                names = [f"{node.module}, which not everybody can import"]
            wrong += [f"{path.name}: {name}" for name in names if name.partition(".")[0] not in allowed]
    assert not wrong, wrong
