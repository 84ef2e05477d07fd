#!/bin/sh
# Installs the checkout into .venv/: `install.sh PYTHON run|dev`. Called by make.
set -eu
python=$1
set=$2

"$python" - <<'CHECK' || exit 2
import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 14):
    sys.exit(
        f"Crossfade needs Python 3.11 to 3.14, and {sys.executable} is {sys.version.split()[0]}: "
        "name another one, as in `make PYTHON=python3.12 demo`."
    )
try:
    import ensurepip  # noqa: F401
    import venv  # noqa: F401
except ImportError:
    sys.exit(
        f"{sys.executable} cannot make virtual environments: install its venv package (`apt install python3-venv` on "
        "Debian and Ubuntu), or name another Python, as in `make PYTHON=python3.12 demo`."
    )
CHECK

if [ ! -x .venv/bin/pip ]; then
    echo "Making .venv/ with $python"
    "$python" -m venv .venv
fi
echo "Installing locked packages into .venv/ ($set)"
.venv/bin/pip install --quiet --require-hashes --only-binary :all: --requirement "requirements/$set.txt"
.venv/bin/pip install --quiet --no-deps --no-build-isolation --no-index --editable .
