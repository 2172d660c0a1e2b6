"""Put what the server drew into a page."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

from annotation.reports.drawing import Svg

register = template.Library()


@register.simple_tag
def drawn_chart(svg: Svg) -> SafeString:
    """An SVG by `reports/drawing`, which writes every element and attribute itself and escapes texts; nothing else."""
    if not isinstance(svg, Svg):
        raise TypeError(f"{type(svg).__name__} is not a drawing")
    return mark_safe(svg)
