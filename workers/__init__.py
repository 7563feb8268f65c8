"""The runner: claims searches, asks their strategies, drives trials and records them.

Ray reads these when it is imported, so they are set before anything here imports it. Clusters ask for a token: one that
somebody else started has its own in RAY_AUTH_TOKEN or a file, ours gets a new one.
"""

import os
import secrets

os.environ.setdefault("RAY_AUTH_MODE", "token")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
if not os.environ.get("SEARCHSVC_RAY_ADDRESS"):
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
