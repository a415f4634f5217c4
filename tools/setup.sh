#!/bin/sh
# Makes the virtual environment with exactly the locked dependencies. Usage: setup.sh PYTHON VENV
set -eu
python=$1 venv=$2

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "tegata needs Python 3.11 or newer as \`$python\`; on Debian 12: apt-get install python3 python3-venv" >&2
    exit 2
}
rm -rf "$venv"
if ! "$python" -m venv "$venv" >/dev/null 2>&1; then
    # Debian ships venv apart from python3; as root we may simply install it.
    rm -rf "$venv"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "installing python3-venv"
        apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
        "$python" -m venv "$venv"
    else
        echo "cannot make a virtual environment: install it with \`apt-get install python3-venv\` and run this again" >&2
        exit 2
    fi
fi
echo "installing the locked dependencies into $venv (about 100 MB; a minute on a slow line)"
"$venv/bin/pip" install -q --disable-pip-version-check --require-hashes -r requirements.lock
"$venv/bin/pip" install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
