#!/bin/sh
# Compiles the init of the sessions' containers, statically, for this machine's architecture: build.sh OUTPUT
set -eu

output=$1
here=$(cd "$(dirname "$0")" && pwd)
source=$here/mimiry-init.c

if [ -f "$output" ] && [ -z "$(find "$source" "$0" -newer "$output")" ]; then
    exit 0
fi
if ! command -v musl-gcc >/dev/null 2>&1; then
    echo "The containers' init is compiled with musl-gcc, which is missing here: apt-get install musl-tools" >&2
    exit 1
fi
mkdir -p "$(dirname "$output")"
# Elsewhere first, then one rename: a build that is cut short leaves no half a binary that looks new.
musl-gcc -std=c11 -Os -Wall -Wextra -Werror -Wl,-z,noseparate-code -static -s -o "$output.new" "$source"
mv "$output.new" "$output"
