"""The runner: claims searches, asks their strategies, drives trials and records them.

Ray reads these when it is imported, so they are set before anything here imports it. Clusters ask for a token: one that
somebody else started has its own in RAY_AUTH_TOKEN or a file, ours gets a new one. An empty one means the default.
"""

import os
import secrets

from spaces.environment import set_default, variable

for name in [name for name in os.environ if name.startswith("RAY_") and not variable(name)]:
    del os.environ[name]
set_default("RAY_AUTH_MODE", "token")
set_default("RAY_USAGE_STATS_ENABLED", "0")
if not variable("SEARCHSVC_RAY_ADDRESS"):
    set_default("RAY_AUTH_TOKEN", secrets.token_hex(32))
