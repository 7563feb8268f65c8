import pytest

from searchsvc.pictures import Layer
from searchsvc.pictures.layer_costs import Values, figure


def test_layers_have_energy_and_firing_rate():
    layers = [Layer("layers.0.synapse", 2e-9, None), Layer("lif", 1e-9, 0.25)]
    energy, rate = figure(Values({"searched": layers})).data
    assert (
        energy.x == pytest.approx((2.0, 1.0))
        and rate.x == (None, 0.25)
        and energy.y == rate.y == ("layer 1, synapse", "lif")
    )
