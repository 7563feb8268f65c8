from searchsvc.pictures.importance import Values, figure


def test_importance_is_ranked_with_its_deviations():
    rows = [{"name": "a", "mean": 0.1, "sd": 0.02}, {"name": "b", "mean": 0.5, "sd": 0.1}]
    (bars,) = figure(Values(rows)).data
    assert (bars.y, bars.x, bars.error_x.array) == (("a", "b"), (0.1, 0.5), (0.02, 0.1))
