"""Pictures as files: a page that needs no network, plotly's JSON, or an image by kaleido with Chrome or Chromium."""

from importlib.util import find_spec
from pathlib import Path

import plotly.graph_objects as go

from spaces.errors import UserError

PAGES, IMAGES = (".html", ".json"), (".svg", ".png")
WIDTH = 800  # of an image


def check(path: Path) -> Path:
    """The path, if `save` can write such files here.

    Raises:
        UserError: saying what it can write, or what to install.
    """
    if path.suffix not in (*PAGES, *IMAGES):
        raise UserError(f"output: got {str(path)!r}; its name must end in one of {', '.join((*PAGES, *IMAGES))}")
    if path.suffix in IMAGES and not find_spec("kaleido"):
        raise UserError(
            f"output: a {path.suffix} needs kaleido, and Chrome or Chromium: pip install 'searchsvc[images]'; "
            "or save an .html"
        )
    return path


def save(figure: go.Figure, path: Path) -> None:
    """Write the figure as the path's name ends.

    Raises:
        UserError: an image needs a browser that is not there.
    """
    if path.suffix == ".html":
        figure.write_html(path, include_plotlyjs=True, auto_play=False, config={"responsive": True})
    elif path.suffix == ".json":
        path.write_text(figure.to_json())
    else:
        _draw(figure.update_layout(paper_bgcolor="white", plot_bgcolor="white"), path)


def _draw(figure: go.Figure, path: Path) -> None:
    try:
        figure.write_image(path, width=WIDTH, scale=2)
    except Exception as error:
        if "chrome" not in str(error).lower():
            raise
        raise UserError(
            f"output: a {path.suffix} needs Chrome or Chromium, which was not found; install one, say Debian's package "
            "chromium or by kaleido_get_chrome, or name it in BROWSER_PATH; or save an .html"
        ) from None
