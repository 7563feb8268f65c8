"""Compiles the C files of this folder, as the package's own build does (`hatch_build.py`).

One shared object for each type of numbers, named after everything that it was made of, so that one of other sources is
never loaded. Only the standard library: at build time there is nothing else.
"""

import hashlib
import os
import platform
import shutil
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parent
TYPES = {"float32": [], "float64": ["-DFLOAT64"]}
# Without contraction, so that every product and sum is rounded as torch rounds it.
FLAGS = ["-std=gnu11", "-O3", "-shared", "-fPIC", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
FLAGS += ["-fopenmp-simd"]


def shared_objects(folder: Path = FOLDER) -> dict[str, Path]:
    """Where the shared object of each type is, or would be."""
    digest = hashlib.sha256(f"{platform.machine()} {FLAGS}".encode())
    for source in sorted(FOLDER.glob("*.[ch]")):
        digest.update(source.read_bytes())
    return {name: folder / f"neurons-{name}-{digest.hexdigest()[:12]}.so" for name in TYPES}


def build(folder: Path = FOLDER) -> list[Path]:
    """Compile what is not there yet.

    Raises:
        OSError, subprocess.CalledProcessError: there is no compiler, or it fails.
    """
    compiler = os.environ.get("CC", "").strip() or shutil.which("cc") or "gcc"  # noqa: TID251 - a file run by itself
    wanted = shared_objects(folder)
    for name, target in wanted.items():
        if not target.exists():
            part = target.with_suffix(f".{os.getpid()}")
            command = [compiler, *FLAGS, *TYPES[name], str(FOLDER / "neurons.c"), "-o", str(part), "-lm"]
            subprocess.run(command, check=True, capture_output=True, text=True)
            part.replace(target)
    for stale in set(folder.glob("neurons-*.so")) - set(wanted.values()):
        stale.unlink()
    return list(wanted.values())


if __name__ == "__main__":
    print(*build(), sep="\n")
