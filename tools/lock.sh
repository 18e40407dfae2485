#!/bin/sh
# Remake the lock files: exact versions with hashes, for Python 3.11 and newer, naming no host.
# Needs uv on the PATH. Versions stay as they are unless called with --upgrade; `make lock ARGS=--upgrade`.
set -eu
cd "$(dirname "$0")/.."
command -v uv >/dev/null || {
    echo "make lock needs uv; 'pip install uv' brings it" >&2
    exit 2
}
compile() {
    output=$1
    shift
    uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
        --no-annotate --python-version 3.11 --output-file "$output" "$@"
    echo "$output: $(grep -c '^[a-z0-9]' "$output") packages"
}
compile locks/runtime.txt pyproject.toml "$@"
compile locks/postgres.txt pyproject.toml --extra postgres --constraints locks/runtime.txt "$@"
# With the PostgreSQL driver: its presence must not slow the start of a terminal that has no use for
# it, which tests and benchmarks look at.
compile locks/dev.txt pyproject.toml --extra postgres --group dev --constraints locks/postgres.txt "$@"
compile locks/build.txt locks/build.in --constraints locks/dev.txt "$@"
