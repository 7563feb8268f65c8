import pytest

from searchsvc.pictures.curves import Values, figure


def test_curves_have_a_line_a_trial_and_a_colour_and_dash_a_candidate():
    drawn = figure(Values("train_loss", {"a": [[3.0, 2.0], [3.5, 1.0, 0.5]], "b": [[2.0]]})).data
    assert [(trace.name, trace.x, trace.y) for trace in drawn] == [
        ("a", (1, 2), (3.0, 2.0)),
        ("a", (1, 2, 3), (3.5, 1.0, 0.5)),
        ("b", (1,), (2.0,)),
    ]
    looks = [(trace.line.color, trace.line.dash, trace.showlegend) for trace in drawn]
    assert looks[0][:2] == looks[1][:2] != looks[2][:2] and [look[2] for look in looks] == [True, False, True]


@pytest.mark.parametrize(("last", "tick"), [(2, 1), (10, 1), (11, 2), (30, 5), (120, 20)])
def test_epochs_are_whole_numbers(last, tick):
    assert figure(Values("train_loss", {"a": [[1.0] * last]})).layout.xaxis.dtick == tick
