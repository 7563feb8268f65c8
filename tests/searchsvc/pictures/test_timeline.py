from searchsvc.pictures import Bar
from searchsvc.pictures.timeline import PHASES, Values, figure


def test_trials_lie_in_their_workers_lanes_and_running_ones_reach_up_to_now():
    bars = [
        Bar("node/1", 0, "a", "retrain", 60.0, 120.0),
        Bar(None, 1, "a", "failed", 60.0, 90.0),
        Bar("node/1", 2, "b", "running", 120.0, None),
    ]
    drawn = figure(Values(0.0, 240.0, bars, total=7))
    found = {trace.name: (trace.y[0], trace.base[0], trace.x[0]) for trace in drawn.data}
    assert found == {
        "retrain": ("node/1", 1.0, 1.0),
        "running": ("node/1", 2.0, 2.0),
        "failed": ("not known", 1.0, 0.5),
    }
    assert all(trace.customdata == trace.x for trace in drawn.data)  # plotly's x of a bar with a base is its end
    assert len({trace.marker.pattern.shape for trace in drawn.data}) == 3  # not by colour alone
    assert drawn.layout.title.subtitle.text == "the last attempt of each trial<br>the latest 3 of 7 trials"


def test_cancelled_trials_look_like_no_others():
    every = [Bar("a", i, "x", what, 0.0, 1.0) for i, what in enumerate(PHASES)]
    looks = {(t.marker.color, t.marker.pattern.shape) for t in figure(Values(0.0, 2.0, every)).data}
    assert len(looks) == len(PHASES)
