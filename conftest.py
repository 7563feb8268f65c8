"""What holds for tests and doctests alike."""

from importlib.util import find_spec
from pathlib import Path

pytest_plugins = ["tests.times"]
_NEED_TRITON = Path(__file__).parent.glob("spaces/compiled/gpu*.py")
collect_ignore = [] if find_spec("triton") else [str(file) for file in _NEED_TRITON]
