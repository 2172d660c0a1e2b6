"""What every template promises: nothing the content security policy forbids, nothing unescaped, nothing missing."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

ROOT = Path(__file__).parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
FORBIDDEN = {
    "an inline style": r"\sstyle=|<style",
    "an inline script": r"<script(?![^>]*\ssrc=)",
    "an event attribute": r"\son[a-z]+=|\shx-on",
    "an expression for eval": r"\bjs:|\bjavascript:|hx-trigger=\"[^\"]*\[",
    "unescaped output": r"\|\s*safe\b|autoescape\s+off|\bsafeseq\b",
    "an address outside": r"(?:src|href)=\"(?:https?:)?//",
}


def name(path: Path) -> str:
    return path.relative_to(ROOT / "templates").as_posix()


@pytest.mark.parametrize("fault", FORBIDDEN)
def test_no_template_has(fault: str) -> None:
    assert TEMPLATES
    assert [name(path) for path in TEMPLATES if re.search(FORBIDDEN[fault], path.read_text())] == []


def test_every_template_compiles() -> None:
    for path in TEMPLATES:
        get_template(name(path))


def test_every_icon_in_use_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/icons/sprite.svg").read_text()))
    used = {icon for path in TEMPLATES for icon in re.findall(r'icon\.html" with name="([\w-]+)"', path.read_text())}
    assert used <= drawn


def test_every_static_file_in_use_exists() -> None:
    used = {file for path in TEMPLATES for file in re.findall(r"{% static '([^']+)' %}", path.read_text())}
    assert used
    assert [file for file in sorted(used) if not (ROOT / "static" / file).is_file()] == []
