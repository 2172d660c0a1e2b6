"""Guidelines are shown as Markdown and carry nothing that runs, loads or tells tales (X3)."""

from __future__ import annotations

import re

import pytest

from annotation.templatetags.markdown import markdown

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "![pixel](https://example.org/pixel.png)",
    '[x](https://example.org "\\" onmouseover=alert(1) x=\\"")',
    "<a href='https://example.org' hx-get='/tokens/'>x</a>",
    "<style>body{display:none}</style>",
    "<svg><use href='data:image/svg+xml,x'/></svg>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "```<script>\nalert(1)\n```",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_guidelines_become_harmless_elements(text: str) -> None:
    for tag in re.findall(r"<[^>]*>", markdown(text)):
        assert re.match(r"</?(p|a|code|pre|em|strong)\b", tag), tag
        assert not re.search(r"\s(on\w+|hx-\w+|style|src|class|id)\s*=", re.sub(r'"[^"]*"', '""', tag)), tag
        assert "script:" not in tag.lower()
        assert "data:" not in tag


def test_links_do_not_vouch_and_do_not_hand_over_the_window() -> None:
    assert 'rel="noopener nofollow"' in markdown("[guide](https://example.org)")


def test_headings_lists_tables_and_emphasis_come_through() -> None:
    shown = markdown("# Title\n\n- one\n- **two**\n\n|a|b|\n|-|-|\n|1|2|\n\n~~gone~~ `code`")
    assert all(f"<{tag}>" in shown for tag in ("h1", "li", "strong", "table", "td", "s", "code"))
