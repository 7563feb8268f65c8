"""The package's build compiles the neurons (``spaces/compiled``) where there is a C compiler.

Without one, or if it fails, the package installs the same, and its neurons run as plain torch.
"""

import runpy
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        try:
            files = runpy.run_path(str(root / "spaces/compiled/build.py"))["build"]()
        except (OSError, subprocess.CalledProcessError) as error:
            self.app.display_warning(f"neurons are not compiled and run as plain torch: {error}")
            return
        build_data["artifacts"] += [f"/{file.relative_to(root)}" for file in files]
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
