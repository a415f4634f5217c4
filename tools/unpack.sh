#!/bin/sh
# Debian packages, unpacked into a folder and not installed. Usage: unpack.sh FOLDER PACKAGE...
set -eu
folder=$1
shift
mkdir -p "$folder/packages"
(cd "$folder/packages" && apt-get download -qq "$@")
for package in "$folder"/packages/*.deb; do dpkg-deb -x "$package" "$folder"; done
