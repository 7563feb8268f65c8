import numpy as np

from searchsvc.pictures.alpha import EPOCHS, Values, figure


def test_alpha_has_a_frame_for_every_epoch_that_its_slider_names():
    steps = {1: [[0.1, 0.2], [0.4, 0.3]], 2: [[0.5, 0.2], [0.1, 0.6]]}
    drawn = figure(Values(["lif", "slif"], steps))
    (heat,) = drawn.data
    assert heat.y == ("LIF", "SLIF") and heat.x == ("1", "2") and (heat.zmin, heat.zmax) == (0.1, 0.6)
    assert [list(row) for row in heat.z] == np.array(steps[2]).T.tolist()
    assert [["★" in cell for cell in row] for row in heat.text] == [[True, False], [False, True]]
    assert [frame.name for frame in drawn.frames] == [step.args[0][0] for step in drawn.layout.sliders[0].steps]
    for frame in drawn.frames:
        assert [list(row) for row in frame.data[0].z] == np.array(steps[int(frame.name)]).T.tolist()
        assert frame.layout.title.text.endswith(f"epoch {frame.name}")


def test_of_very_many_epochs_the_slider_has_some_with_the_first_and_the_last():
    frames = figure(Values(["lif", "slif"], {e: [[0.0, e]] for e in range(1, 301)})).frames
    assert len(frames) == EPOCHS and (frames[0].name, frames[-1].name) == ("1", "300")


def test_one_epoch_has_no_slider():
    drawn = figure(Values(["lif", "slif"], {1: [[0.1, 0.2]]}))
    assert not drawn.layout.sliders and not drawn.frames and drawn.data
