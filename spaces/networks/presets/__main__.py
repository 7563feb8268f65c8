"""``python -m spaces.networks.presets``: each placement, by what margin it won, and whether the paper prints it."""

from spaces.networks.presets import discretise, published

print(f"{'preset':<34} {'layers':>6} {'smallest margin':>15}  {'as printed':<10}  placement")
for name, row in published().items():
    placement = discretise(row.alpha)
    agrees = "yes" if placement == row.placement else "NO"
    print(f"{name:<34} {len(row.alpha):>6} {row.margin:>15.4g}  {agrees:<10}  {' '.join(placement)}")
