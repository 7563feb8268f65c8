"""Where plugins written for earlier releases look for surrogate gradients."""

from spaces.gradients.spike import spike

__all__ = ["spike"]
