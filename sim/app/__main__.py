"""``python -m sim.app NOTEBOOK [OPTIONS]``: see :mod:`sim.app.server`."""

import sys

try:
    from sim.app.server import App
except ImportError as error:
    sys.exit(
        f"The app needs a package that is not installed ({error.name}).\n"
        "Start it with 'python run.py app', or install what it needs with: pip install 'after-sales-workbook[app]'"
    )

if __name__ == "__main__":
    App.launch_instance()
