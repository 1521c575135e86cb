#!/bin/sh
# Installs the Debian packages listed in a file, one a line, where that is possible: root, apt, and something missing that it knows.
set -eu
command -v dpkg-query >/dev/null 2>&1 || exit 0
missing=$(grep -v '^#' "$1" | while read -r name; do
    dpkg-query -W -f='${Status}\n' "$name" 2>/dev/null | grep -q 'install ok installed' || echo "$name"
done)
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
    echo "These packages are missing; install them with: sudo apt-get install" $missing >&2
    exit 0
fi
apt-get update -qq
known=$(for name in $missing; do
    if apt-cache show "$name" >/dev/null 2>&1; then echo "$name"; else echo "apt knows no $name" >&2; fi
done)
[ -n "$known" ] || exit 0
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $known >/dev/null
