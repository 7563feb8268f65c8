"""What needs no service: train a configuration, look at the published ones."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import TimeRemainingColumn

from searchsvc import files
from searchsvc.cli import display
from searchsvc.cli._arguments import Json
from searchsvc.cli.display import console, print_json
from searchsvc.client.output import whole
from searchsvc.metrics import catalog
from searchsvc.metrics.numbers import duration

app = typer.Typer()


@app.command()
def train(
    file: Annotated[Path, typer.Argument(help="configuration, such as a pulled best.json")],
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1)] = 0,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="save the weights (safetensors)")] = None,
    json_: Json = False,
) -> None:
    """Train a configuration on its task and print its accuracies."""
    value = files.mapping(file)
    import torch
    from safetensors.torch import save_model

    from searchsvc.training import trials
    from spaces import configuration

    config = configuration.read(value)
    torch.set_num_threads(1)
    with whole(output) if output else nullcontext() as target:
        with display.progress_bar(TimeRemainingColumn(), disable=json_, transient=True) as bar:
            task = bar.add_task("epochs", total=config.training.epochs)
            network, result = trials.train(config, seed, report=lambda report: bar.update(task, completed=report.step))
        if target:
            save_model(network, str(target))
    if json_:
        print_json({"seed": seed, **_former(result.metrics), **asdict(result)})
        return
    epochs = f"{config.training.epochs} epochs, " if config.training.epochs > 1 else ""
    took = duration(result.metrics["seconds"])
    console.print(f"{display.scores(result.metrics)} (seed {seed}, {epochs}{took})", highlight=False)


def _former(metrics: Mapping[str, float]) -> dict[str, Any]:
    """What was told beside `metrics` before 0.2."""
    accuracies = {f"{split}_accuracy": metrics.get(f"accuracy/{split}") for split in ("validation", "test")}
    return {**accuracies, "costs": {name: metrics[name] for name in catalog.costs() if name in metrics}}


@app.command()
def presets(
    name: Annotated[str | None, typer.Argument(help="of a preset; else all are listed")] = None,
    json_: Json = False,
) -> None:
    """List the published configurations, or print one as JSON, ready for train and spaces.networks.build."""
    from spaces.networks.presets import preset, published

    if name:
        print_json(preset(name).model_dump(mode="json"))
    elif json_:
        print_json([{"name": row.name, **asdict(row)} for row in published().values()])
    else:
        console.print(display.presets_table(published().values()))
