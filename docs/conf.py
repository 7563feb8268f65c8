"""The documentation: `make docs` builds it into docs/_build, and a warning is an error."""

project = "searchsvc"
author = "The searchsvc developers"
copyright = "The searchsvc developers, Apache-2.0"

extensions = ["myst_parser"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
suppress_warnings = ["misc.highlighting_failure"]  # of a shell's lines with `...`

html_theme = "alabaster"
html_theme_options = {
    "description": "Search for spiking neural networks",
    "fixed_sidebar": True,
    "page_width": "1100px",
}
html_show_sourcelink = False
