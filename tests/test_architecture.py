"""The shape of the house (DESIGN §2), read from the source: who imports whom, who writes rows, how big a file is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "annotation"
FOUNDATIONS = {
    "questions", "aggregation", "llms", "labelers", "synthesis", "experiments", "exchange", "models", "demo",
    "project_templates",
}  # fmt: skip
INTERFACE = {"workflow", "reports", "tasks", "models", "questions", "forms"}
ARROWS: dict[str, set[str]] = {
    "questions": set(),
    "demo": set(),
    "project_templates": {"questions"},
    "aggregation": {"questions"},
    "llms": {"questions"},
    "exchange": {"questions"},
    "models": {"questions"},
    # Label Studio's ML back ends speak one of the file formats.
    "labelers": {"llms", "questions", "exchange"},
    "synthesis": {"llms", "questions"},
    "experiments": {"synthesis", "labelers", "aggregation", "llms", "questions"},
    # What verbs keep for pages (measuring), reads say how to work out.
    "workflow": FOUNDATIONS | {"reports"},
    # What an experiment came to, it says itself; what generated texts are worth, synthesis/quality measures.
    "reports": {"models", "aggregation", "questions", "experiments", "synthesis"},
    "tasks": {"workflow", "models"},
    # A form offers what the registries list.
    "forms": {"workflow", "models", "questions", "exchange", "labelers", "llms", "synthesis", "experiments"},
    "templatetags": {"reports", "models", "questions"},
    "views": INTERFACE,
    "api": INTERFACE,
    "management": INTERFACE,
    "admin": {"workflow", "models", "forms"},
    "urls": {"views", "api"},
    "lazily": set(),
    "apps": {"questions"},  # It lends them Django's languages.
}
# It says how other people's libraries are imported, and knows nothing of ours.
ANYWHERE = {"lazily"}
# Which rooms may know the Django project around them, and which of its modules.
PROJECT_MODULES = {"management": {"synthweb"}, "api": {"synthweb"}, "views": {"synthweb"}}
LONGEST = 400
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "core", "misc", "base_utils"}
WRITERS = {"save", "create", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
# (file, call): why it may write although it is no verb. Empty is best.
WRITERS_REVIEWED: dict[tuple[str, str], str] = {}
WRITING_SQL = re.compile(r"\s*(?:WITH\b.*)?\b(?:INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|TRUNCATE|COPY)\b", re.S)
UNESCAPED = re.compile(r"\|\s*safe(?:seq)?\b|\{%\s*autoescape\s+off|\bmark_safe\b|\bhtml_safe\b")
# (file, what): who looked at it and why no one else's text gets through.
UNESCAPED_REVIEWED: dict[tuple[str, str], str] = {
    ("annotation/templatetags/markdown.py", "mark_safe"): "nh3 has cleaned it, with an allow-list of tags and schemes",
    ("annotation/templatetags/charts.py", "mark_safe"): "reports/drawing writes it from an allow-list, texts escaped",
}


def python_files(folder: Path = APP) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.py")) if "migrations" not in path.parts]


def room_of(path: Path) -> str:
    return path.relative_to(APP).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """(absolute module, line, inside a function) of every import in a file, `from x import y` as `x.y` too."""
    tree = ast.parse(path.read_text("utf-8"))
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    package = list(path.relative_to(ROOT).with_suffix("").parts[:-1])
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, id(node) in inside
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield f"{module}.{alias.name}", node.lineno, id(node) in inside


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, node


def test_every_import_follows_the_arrows_of_the_design() -> None:
    wrong = []
    for path in python_files():
        room = room_of(path)
        if room == "__init__":
            continue
        for module, line, _ in imports(path):
            parts = module.split(".")
            if parts[0] == "annotation" and len(parts) > 1 and parts[1] not in {room, *ARROWS[room], *ANYWHERE}:
                wrong.append(f"{path.relative_to(ROOT)}:{line}: {room} → {module}")
            if parts[0] == "synthweb" and "synthweb" not in PROJECT_MODULES.get(room, set()):
                wrong.append(f"{path.relative_to(ROOT)}:{line}: {room} → {module}")
    assert not wrong, "\n".join(wrong)


def test_no_import_of_ours_hides_inside_a_function() -> None:
    hidden = [
        f"{path.relative_to(ROOT)}:{line}: {module}"
        for path in (*python_files(), *python_files(ROOT / "synthweb"))
        for module, line, inside in imports(path)
        if inside and module.split(".")[0] in ("annotation", "synthweb")
    ]
    assert not hidden, "\n".join(hidden)


def test_no_two_modules_import_each_other() -> None:
    """No cycle inside a room either: a module can be read without reading everything."""
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in python_files()
    }
    graph: dict[str, set[str]] = {}
    for name, path in modules.items():
        used = set()
        for module, _, _ in imports(path):
            target = module if module in modules else module.rpartition(".")[0]
            if target in modules and target != name:
                used.add(target)
        graph[name] = used
    cycle = find_cycle(graph)
    assert not cycle, " → ".join(cycle)


def find_cycle(graph: dict[str, set[str]]) -> list[str]:
    done: set[str] = set()

    def visit(name: str, trail: list[str]) -> list[str]:
        if name in trail:
            return [*trail[trail.index(name) :], name]
        if name in done:
            return []
        for target in sorted(graph[name]):
            if found := visit(target, [*trail, name]):
                return found
        done.add(name)
        return []

    return next((cycle for name in sorted(graph) if (cycle := visit(name, []))), [])


def test_pure_rooms_know_neither_django_nor_the_database() -> None:
    pure = ("questions", "aggregation", "llms", "labelers", "synthesis", "experiments", "exchange")
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {module}"
        for path in python_files()
        if room_of(path) in pure
        for module, line, _ in imports(path)
        if module.split(".")[0] in ("django", "psycopg", "celery", "rest_framework", "redis")
    ]
    assert not wrong, "\n".join(wrong)


def test_only_verbs_write_rows() -> None:
    wrong = []
    for path in python_files():
        if room_of(path) == "workflow":
            continue
        where = str(path.relative_to(ROOT))
        for name, call in calls(path):
            # `update` with keywords is a queryset's; a dictionary's or a hash's takes something to update with.
            writes = name in WRITERS or (name == "update" and call.keywords and not call.args)
            if writes and (where, name) not in WRITERS_REVIEWED:
                wrong.append(f"{where}:{call.lineno}: .{name}(…)")
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and WRITING_SQL.match(node.value):
                wrong.append(f"{where}:{node.lineno}: SQL that writes")
    assert not wrong, "\n".join(wrong)


def test_only_advance_sets_a_stage() -> None:
    """A stage is written by `advancing` alone; `storing` gives new rows their first one."""
    wrong = []
    for path in python_files():
        if path.name == "advancing.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            assigns = isinstance(node, ast.Assign) and any(
                isinstance(target, ast.Attribute) and target.attr == "stage" for target in node.targets
            )
            updates = (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("update", "create")
                and any(keyword.arg == "stage" for keyword in node.keywords)
            )
            if assigns or updates:
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("folder", ["annotation", "synthweb", "synthweb_client", "tests"])
def test_no_module_outgrows_a_reader(folder: str) -> None:
    long = {
        str(path.relative_to(ROOT)): length
        for path in python_files(ROOT / folder)
        if (length := len(path.read_text("utf-8").splitlines())) > LONGEST
    }
    assert not long


def test_every_module_is_named_for_its_subject() -> None:
    vague = [
        str(path.relative_to(ROOT))
        for folder in ("annotation", "synthweb", "synthweb_client", "tests")
        for path in python_files(ROOT / folder)
        if path.stem.removeprefix("test_") in VAGUE or path.parent.name in VAGUE
    ]
    assert not vague


def test_every_module_and_function_says_what_it_is() -> None:
    """A docstring per module, and a return type per function."""
    bare = []
    for folder in ("annotation", "synthweb", "synthweb_client"):
        for path in python_files(ROOT / folder):
            tree = ast.parse(path.read_text("utf-8"))
            if tree.body and ast.get_docstring(tree) is None:
                bare.append(f"{path.relative_to(ROOT)}: no docstring")
            bare += [
                f"{path.relative_to(ROOT)}:{node.lineno}: {node.name} has no return type"
                for node in ast.walk(tree)
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                and node.returns is None
                and not (path.name == "access.py" and node.name == "_get")
                and not (path.name == "queueing.py" and node.name == "_with_item")
            ]
    assert not bare, "\n".join(bare)


def test_nothing_reaches_a_page_unescaped_without_review() -> None:
    """X2: Label Studio's CVE-2026-22033 was one `|safe`."""
    wrong = []
    for path in (*python_files(), *python_files(ROOT / "synthweb"), *sorted((ROOT / "templates").rglob("*.html"))):
        where = str(path.relative_to(ROOT))
        for found in UNESCAPED.findall(path.read_text("utf-8")):
            if (where, found) not in UNESCAPED_REVIEWED:
                wrong.append(f"{where}: {found}")
    assert not wrong, "\n".join(wrong)


def test_no_template_runs_script_of_its_own() -> None:
    """Script and style live in files: the content security policy refuses them inline."""
    inline = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|\son[a-z]+\s*=|\sstyle\s*=|javascript:", re.I)
    wrong = [
        f"{path.relative_to(ROOT)}: {found}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for found in inline.findall(path.read_text("utf-8"))
    ]
    assert not wrong, "\n".join(wrong)
