"""Cancel, pause, resume, retry and delete searches of a service."""

import typer

from searchsvc.cli._arguments import Json, SearchId, Url
from searchsvc.cli.display import console, print_json
from searchsvc.client import Client, Search

app = typer.Typer()


@app.command()
def cancel(search_id: SearchId, json_: Json = False, url: Url = None) -> None:
    """End a search; what it has found stays."""
    _steer(Client(url).search(search_id), "cancel", json_)


@app.command()
def pause(search_id: SearchId, json_: Json = False, url: Url = None) -> None:
    """Set a search down; its running trials go on from their last checkpoints when it is resumed."""
    _steer(Client(url).search(search_id), "pause", json_)


@app.command()
def resume(search_id: SearchId, json_: Json = False, url: Url = None) -> None:
    """Let a paused search go on."""
    _steer(Client(url).search(search_id), "resume", json_)


@app.command()
def retry(search_id: SearchId, json_: Json = False, url: Url = None) -> None:
    """Let a failed search go on from what is recorded; its failed trials run again."""
    _steer(Client(url).search(search_id), "retry", json_)


@app.command()
def delete(search_id: SearchId, json_: Json = False, url: Url = None) -> None:
    """Delete a search with all that it has found. One that runs is cancelled, and deleted once its runner lets go."""
    gone = Client(url).search(search_id).delete()
    said = "deleted" if gone else "cancelling; it is deleted when its runner has let go"
    print_json({"id": search_id, "deleted": gone}) if json_ else console.print(said)


def _steer(search: Search, action: str, json_: bool) -> None:
    {"cancel": search.cancel, "pause": search.pause, "resume": search.resume, "retry": search.retry}[action]()
    state = search.status()["state"]
    print_json({"id": search.id, "state": state}) if json_ else console.print(state)
