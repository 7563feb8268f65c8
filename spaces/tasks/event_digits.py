r"""The digits as an event camera sees them, made as N-MNIST was recorded (Orchard et al. 2015): three saccades.

Each 8 x 8 image, enlarged to 12 x 12 by bilinear interpolation, stands in a field of 16 x 16. The camera moves along a
triangle, four steps a side, back to where it began. A pixel remembers the logarithm :math:`L = \log(I + 0.1)` of the
intensity at its last event; when it has grown by more than 0.6 the pixel sends an ON event, when it has shrunk by more
an OFF event, and remembers the new one.

Deletion noise: each event is lost with probability `deletion`; in training anew each time a sample is seen, in the
validation and test parts once, by the split's seed.

Shapes: N samples, T steps, H height, W width.
"""

from functools import partial

import torch
from torch import Generator, Tensor
from torch.nn.functional import affine_grid, grid_sample, interpolate, pad

from spaces.tasks import Data, Split, _digits
from spaces.tasks.params.event_digits import Params

FIELD, IMAGE, MARGIN = 16, 12, 4  # pixels; the image moves by less than the margin
SACCADES = ((1.2, 0.6), (-1.2, 0.6), (0.0, -1.2))  # pixels a step, right and down
THRESHOLD = 0.6
DARK = 0.1


def load(params: Params | None = None) -> Data:
    """Events as uint8 (N, T, 2, H, W), of which channel 0 is ON and 1 OFF; classes as int64 (N,)."""
    params = params or Params()
    parts = _digits.parts(params.split_seed, params.train_samples)
    generator = Generator().manual_seed(params.split_seed)
    train, *held_out = (Split(events(part.grey_NHW / 16), part.y_N) for part in parts)
    validation, test = (Split(_deleted(part.x, params.deletion, generator), part.y) for part in held_out)
    return Data(train, validation, test, prepare=partial(_prepare, params.deletion))


def events(image_NHW: Tensor) -> Tensor:
    """What the camera sends while it moves over images with intensities from 0 to 1: uint8 (N, T, 2, H, W)."""
    large_NHW = interpolate(image_NHW[:, None], size=(IMAGE, IMAGE), mode="bilinear", align_corners=False)[:, 0]
    canvas_NHW = pad(large_NHW, [MARGIN + (FIELD - IMAGE) // 2] * 4)
    remembered_NHW = _log(canvas_NHW)
    frames = []
    for right, down in _path():
        seen_NHW = _log(_shifted(canvas_NHW, right, down))
        change_NHW = seen_NHW - remembered_NHW
        on_NHW, off_NHW = change_NHW > THRESHOLD, change_NHW < -THRESHOLD
        remembered_NHW = torch.where(on_NHW | off_NHW, seen_NHW, remembered_NHW)
        frames.append(torch.stack([on_NHW, off_NHW], 1))
    inside = slice(MARGIN, MARGIN + FIELD)
    return torch.stack(frames, 1)[..., inside, inside].to(torch.uint8)


def _path() -> list[tuple[float, float]]:
    """Where the image stands after each step."""
    steps = [saccade for saccade in SACCADES for _ in range(Params.time_steps // len(SACCADES))]
    return [(sum(r for r, _ in steps[: i + 1]), sum(d for _, d in steps[: i + 1])) for i in range(len(steps))]


def _log(intensity: Tensor) -> Tensor:
    return torch.log(intensity + DARK)


def _shifted(image_NHW: Tensor, right: float, down: float) -> Tensor:
    n, height, width = image_NHW.shape
    move = image_NHW.new_tensor([[1.0, 0.0, -2 * right / width], [0.0, 1.0, -2 * down / height]])
    grid = affine_grid(move.expand(n, 2, 3), [n, 1, height, width], align_corners=False)
    return grid_sample(image_NHW[:, None], grid, align_corners=False)[:, 0]


def _deleted(events: Tensor, share: float, generator: Generator) -> Tensor:
    return events * (torch.rand(events.shape, generator=generator) >= share)


def _prepare(deletion: float, events: Tensor, generator: Generator | None) -> Tensor:
    return (_deleted(events, deletion, generator) if generator else events).float()
