import pytest

from searchsvc.pictures import Complete
from searchsvc.pictures.hypervolume import Values, figure


def test_the_hypervolume_grows_to_the_share_of_the_box():
    told = [(60.0, 3.0, 1.0), (120.0, 1.0, 0.0), (180.0, 2.0, 0.5), (240.0, 3.0, 0.2)]
    points = [Complete("", value, score, time) for time, value, score in told]
    (line,) = figure(Values(0.0, points, "parameters")).data
    assert line.x == (1.0, 3.0, 4.0) and line.y == pytest.approx((0.0, 0.25, 0.25))
