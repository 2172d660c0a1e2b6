"""What pages ask for: scripts and stylesheets joined with what they import, and the same pages where joining fails."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from django.conf import LazySettings, settings

from synthweb.joining import JoinedFinder

STATIC = Path(settings.BASE_DIR) / "static"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
IMPORTS = re.compile(
    r"""(?:^import\b[^"']*|\bimport\(|^export\b[^"']* from )["'](\./|\.\./)([\w/-]+\.js)["']""", re.MULTILINE
)
# What every copy answers alike.
STATELESS = {"words.js"}


def imports(script: Path) -> set[Path]:
    """The script and everything that it imports."""
    found = {script}
    for up, name in IMPORTS.findall(script.read_text()):
        found |= imports((script.parent / up / name).resolve())
    return found


def test_no_script_or_stylesheet_has_anything_left_to_fetch() -> None:
    finder = JoinedFinder()
    files = {
        path: storage.open(path).read().decode() for path, storage in finder.list(None) if path[-3:] in (".js", "css")
    }
    assert {file.relative_to(STATIC).as_posix() for file in STATIC.rglob("*.[jc]s*")} == set(files)
    left = re.compile(r"""@import|\bimport[\s("'{*]|\bfrom\s*["']\.""")
    assert [path for path, text in files.items() if left.search(text)] == []
    # Whatever a stylesheet imports is in it as it was written, and in the same order.
    parts = re.findall(r'@import "\./(.+)";', (STATIC / "css/site.css").read_text())
    assert len(parts) > 3
    assert files["css/site.css"].endswith("".join((STATIC / "css" / part).read_text() for part in parts))


def test_the_server_of_the_tests_and_collectstatic_find_the_same_files() -> None:
    finder = JoinedFinder()
    assert all(finder.find(path) == storage.path(path) for path, storage in finder.list(None))
    assert finder.find("js/nowhere.js") == []


def test_a_file_that_was_found_outlives_the_finder_of_its_thread() -> None:
    assert Path(str(JoinedFinder().find("js/site.js"))).is_file()


def test_with_debug_modules_are_served_as_they_were_written(settings: LazySettings) -> None:
    settings.DEBUG = True
    assert JoinedFinder().find("js/annotate.js") == str(STATIC / "js/annotate.js")


def test_a_script_that_cannot_be_joined_is_said_and_served_all_the_same(
    tmp_path: Path, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    for name, text in {
        "js/broken.js": "export const = ;",
        "css/all.css": '@import "./one.css";\n',
        "css/one.css": "a{}",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    settings.STATICFILES_DIRS = [tmp_path]
    finder = JoinedFinder()
    assert finder.find("js/broken.js") == str(tmp_path / "js/broken.js")
    assert Path(str(finder.find("css/all.css"))).read_text() == "a{}"
    assert "broken.js" in caplog.text


def test_no_page_has_a_module_twice() -> None:
    """Each file of a page brings its own copy of what it imports: two of one module would not know of each other."""
    for page in TEMPLATES.rglob("*.html"):
        named = {*re.findall(r"static '(js/[\w/-]+\.js)'", page.read_text()), "js/site.js"}
        modules = Counter(module.name for name in named for module in imports(STATIC / name))
        assert {module for module, copies in modules.items() if copies > 1} <= STATELESS, page
    assert len(imports(STATIC / "js/annotate.js")) > 20
