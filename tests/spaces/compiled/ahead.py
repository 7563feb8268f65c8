"""``python -m tests.spaces.compiled.ahead``: Triton's compiler makes code for a GPU of every kernel, on any machine."""

import torch
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from spaces.compiled import gpu, gpu_loops
from spaces.compiled.library import SURROGATES

HOPPER = GPUTarget("cuda", 90, 32)
NEURONS = ("lif", "plif", "llif", "slif", "alif", "lnm3", "lnm2_tanh", "lif_own", "alif_own")
FLAGS = {gpu_loops.forward_loop: ("HAS_STATE", "SAVE"), gpu_loops.backward_loop: ("HAS_FINAL",)}


def code(loop, variant, number):
    """The PTX of a loop over numbers of this type."""
    fixed = {**variant, **dict.fromkeys(FLAGS[loop], True)}
    types = {"T": "i32", "N": "i32", "sums_PD": "*fp64", **dict.fromkeys(fixed, "constexpr")}
    signature = {name: types.get(name, f"*{number}") for name in loop.arg_names}
    source = ASTSource(loop, signature=signature, constexprs=fixed)
    return triton.compile(source, target=HOPPER, options={"enable_fp_fusion": False}).asm["ptx"]


if __name__ == "__main__":
    for i, name in enumerate(NEURONS):
        own = {"lif_own": torch.zeros(2, 1), "alif_own": torch.zeros(5, 1)}.get(name)
        constants = [float(i % 2), float(i % len(SURROGATES)), *[1.0] * 10]
        variant = gpu._variant(gpu.Inputs(torch.zeros(1, 1), None, None, own, name, constants))
        del variant["enable_fp_fusion"]
        for loop in FLAGS:
            assert loop.__name__ in code(loop, variant, "fp32" if i % 2 else "fp64")
        print(name)
