"""Neurons of a placement in one line, as names or as a strip of colours."""

from pathlib import Path

from api.pages._render import TEMPLATES
from tests.api.test_pages import Page

DEEP = ["lif"] * 9 + ["slif"] + ["lif"] * 7


def shown(placement: list[str]) -> str:
    return str(TEMPLATES.env.get_template("_macros.html").module.neurons(placement))  # type: ignore[attr-defined]


def test_few_layers_are_named_and_many_are_a_strip_of_colours() -> None:
    few = Page(shown(["lif", "slif"]))
    assert few.one("span", **{"class": "neurons"}) == "LIFSLIF" and not few.all("svg")
    many = Page(shown(DEEP))
    ((strip, _),) = many.all("svg")
    assert strip["aria-label"] == many.one("title") == "layers 1 to 9 LIF, 10 SLIF, 11 to 17 LIF"
    colours = [attributes["class"] for attributes, _ in many.all("rect")]
    assert len(colours) == 17 and colours[0] == colours[8] == colours[10] != colours[9]


def test_colours_of_a_strip_have_a_legend_and_names_need_none() -> None:
    hues = TEMPLATES.env.get_template("_macros.html").module.hues  # type: ignore[attr-defined]
    assert [text for _, text in Page(str(hues([{"placement": DEEP}]))).all("p")] == ["Neurons from the input: LIF SLIF"]
    assert not str(hues([{"placement": ["lif", "slif"]}])).strip()


def test_every_colour_of_a_neuron_is_in_the_style() -> None:
    style = Path("api/static/style.css").read_text()
    assert all(f".{TEMPLATES.env.filters['hue'](name)} {{" in style for name in ("lif", "super_neuron", "theirs"))
