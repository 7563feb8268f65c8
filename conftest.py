"""Modules whose doctests need what is not there."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("triton") else ["spaces/kernels/gpu.py"]
