"""What all pictures share."""

import json
import re

import numpy as np
import plotly.graph_objects as go
import pytest

from searchsvc.pictures import themed
from searchsvc.pictures._drawing import NEUTRAL, PALETTE, TEMPLATES, color, diverging
from searchsvc.pictures.importance import Values
from searchsvc.pictures.importance import figure as importance


@pytest.mark.parametrize("count", range(1, 30))
def test_colours_of_scores_are_whole_numbers(count):
    """plotly.js refuses 7e-15."""
    for share in (i / count for i in range(count + 1)):
        for drawn in (color(share), diverging(share)[0]):
            assert re.fullmatch(r"rgb\(\d+, \d+, \d+\)", drawn)


@pytest.mark.parametrize(("theme", "back"), [("light", (255, 255, 255)), ("dark", (20, 23, 28))])
def test_colours_stand_out_from_the_page(theme, back):
    """At least 2:1, the least that a line of this width needs beside its dash; text 7:1 (WCAG's relative luminance)."""

    def luminance(rgb):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb)]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    def contrast(rgb):
        lighter, darker = sorted((luminance(rgb), luminance(back)), reverse=True)
        return (lighter + 0.05) / (darker + 0.05)

    def of_hex(code):
        return tuple(int(code[i : i + 2], 16) for i in (1, 3, 5))

    def of_rgb(code):
        return tuple(float(part) for part in code.removeprefix("rgb(").removesuffix(")").split(","))

    assert all(contrast(of_hex(c)) >= 2 for c in (*PALETTE, NEUTRAL))
    assert all(contrast(of_rgb(color(share / 10))) >= 2 for share in range(11))
    assert contrast(of_hex(TEMPLATES[theme].layout.font.color)) >= 7
    figure = themed(importance(Values([{"name": "a", "mean": 1, "sd": 0}])), theme)
    assert figure.layout.template.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert go.Figure(json.loads(figure.to_json())).layout.template == TEMPLATES[theme]
