"""`docs/reliability.md` out of what `reliability` found and `reliability.md.in`."""

from pathlib import Path
from string import Template
from typing import Any

TEMPLATE = Template(Path(__file__).with_name("reliability.md.in").read_text())

ROWS = (
    ("kills of a trial's process", lambda storm: storm["kills"].get("trial", 0)),
    ("kills of a runner", lambda storm: storm["kills"].get("runner", 0)),
    ("kills of the API", lambda storm: storm["kills"].get("api", 0)),
    ("kills of Ray's head", lambda storm: storm["kills"].get("Ray head", 0)),
    ("kills of everything at once", lambda storm: storm["kills"].get("power cut", 0)),
    ("runner stopped beyond its lease", lambda storm: storm["runner stopped beyond its lease"]),
    ("database faults", lambda storm: sum(storm["database faults"].values())),
    ("searches acknowledged", lambda storm: storm["searches acknowledged"]),
    ("results recorded", lambda storm: storm["trials recorded"]),
    ("reports", lambda storm: storm["reports"]),
    ("events", lambda storm: storm["events"]),
    ("takeovers", lambda storm: storm["takeovers"]),
    ("trials executed again", lambda storm: storm["re-executions"]),
    ("proposals made again by the audit", lambda storm: storm["proposals made again"]),
    ("**violations**", lambda storm: len(storm["violations"]) + len(storm["differences"])),
)


def write(found: dict[str, Any]) -> str:
    storms = found["storms"]
    broken = [line for storm in storms for line in (*storm["violations"], *storm["differences"])]
    outcomes = [_row([name, outcome.replace("|", "\\|")]) for name, outcome in found["mutants"].items()]
    return TEMPLATE.substitute(
        {key: found[key] for key in ("seed", "minutes", "machine", "versions", "lines")},
        sentence=_sentence(storms),
        storms="\n".join([*_table(storms), "", *(f"* {line}" for line in broken)]).strip(),
        outcomes="\n".join(outcomes),
        **found["tests"],
    )


def _table(storms: list[dict[str, Any]]) -> list[str]:
    names = (f"{storm['server']}; {storm['executor']}" for storm in storms)
    rows = [(name, [count(storm) for storm in storms]) for name, count in ROWS]
    return [
        _row(["", *names, "all"]),
        _row(["---", *["---:"] * (len(storms) + 1)]),
        *(_row([name, *counts, sum(counts)]) for name, counts in rows),
    ]


def _sentence(storms: list[dict[str, Any]]) -> str:
    kills = sum(sum(storm["kills"].values()) for storm in storms)
    pauses = sum(storm["runner stopped beyond its lease"] for storm in storms)
    heads = sum(storm["kills"].get("Ray head", 0) for storm in storms)
    faults = sum(sum(storm["database faults"].values()) for storm in storms)
    searches = sum(storm["searches acknowledged"] for storm in storms)
    results = sum(storm["trials recorded"] for storm in storms)
    broken = sum(len(storm["violations"]) + len(storm["differences"]) for storm in storms)
    verdict = "nothing was lost and nothing doubled" if not broken else f"**{broken} violations were found**"
    return (
        f"{kills} kills ({heads} of them of Ray's head), {pauses} runners stopped beyond their lease, {faults}"
        f" faults of the database; {searches} searches were acknowledged and {results} results recorded: {verdict}."
    )


def _row(cells: list[Any]) -> str:
    return f"| {' | '.join(map(str, cells))} |"
