import subprocess
import sys


def test_the_api_reaches_none_of_torch_ray_botorch_scipy() -> None:
    code = """
import sys, api.app
api.app.create_app()
heavy = {"torch", "ray", "botorch", "gpytorch", "scipy", "sklearn", "ot"}
print(sorted(heavy & {name.partition(".")[0] for name in sys.modules}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
