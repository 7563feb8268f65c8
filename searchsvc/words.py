"""How metrics and searches are named to people, by command line, pages and pictures alike."""

from searchsvc.objectives import ACCURACY

UNITS = {"energy": (1e9, "nJ"), "latency": (1e3, "ms"), "seconds": (1.0, "s")}  # of metrics: factor and unit


def shown(metric: str, value: float, *, difference: bool = False) -> str:
    """A value of a metric.

    >>> shown("accuracy/validation", 0.9861), shown("energy", 7.35e-7)
    ('98.61 %', '735 nJ')
    >>> shown("accuracy/validation", 0.0037, difference=True), shown("sops", -120.0, difference=True)
    ('+0.37 points', '-120')
    """
    sign = "+" if difference else ""
    if metric == ACCURACY:
        return f"{100 * value:{sign}.2f} {'points' if difference else '%'}"
    factor, unit = UNITS.get(metric, (1.0, ""))
    return f"{factor * value:{sign}.4g} {unit}".rstrip()


def called(name: str, kind: str, task: str) -> str:
    """A search, by its own name if it has one.

    >>> called("", "neuron_placement", "digits"), called("first try", "neuron_placement", "digits")
    ('neuron placement on digits', 'first try')
    """
    return name or f"{kind.replace('_', ' ')} on {task}"
