#!/bin/sh
# Installs requirement files into an environment: pip.sh PYTHON FILE... Downloads are unpacked beside the environment, torch with its
# graphics libraries first, so that no more than one heap of them lies on the disk at a time; with little room none of them is kept.
set -eu
python=$1
shift
home=$(cd "$(dirname "$python")/.." && pwd)
TMPDIR=$home/.unpacked
export TMPDIR
mkdir -p "$TMPDIR"
trap 'rm -rf "$TMPDIR"' EXIT
free=$(($(df -Pk "$home" | awk 'NR == 2 { print $4 }') / 1048576))
if [ "$free" -lt 24 ]; then
    PIP_NO_CACHE_DIR=1
    export PIP_NO_CACHE_DIR
    echo "$free GB are free where $home lies, so downloads are not kept; a first setup wants 12." >&2
fi
heavy=$TMPDIR/heavy.txt
cat "$@" | grep -E '^(torch|torchvision|numpy)==' >"$heavy" || true
for file in "$@"; do all="${all:-} -r $file"; done
"$python" -m pip install --quiet --disable-pip-version-check -r "$heavy"
"$python" -m pip install --quiet --disable-pip-version-check $all
