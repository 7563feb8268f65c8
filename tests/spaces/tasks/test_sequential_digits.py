"""Sequential digits are the digits, read row after row."""

from spaces.tasks import digits, sequential_digits


def test_step_8_i_plus_j_is_the_pixel_of_row_i_and_column_j():
    plain, sequential = digits.load(), sequential_digits.load()
    for name in ("train", "validation", "test"):
        image_NCHW, steps_NTC = getattr(plain, name).x, getattr(sequential, name).x
        assert all((steps_NTC[:, 8 * i + j, 0] == image_NCHW[:, 0, i, j]).all() for i in range(8) for j in range(8))
        assert (getattr(plain, name).y == getattr(sequential, name).y).all()
