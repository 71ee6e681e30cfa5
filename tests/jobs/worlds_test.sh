#!/bin/sh
# The planted worlds of configs/worlds: what naive estimators make of them, held against the truth and against the table in the docs.
set -eu
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
python=/usr/bin/python3
$python -c 'import h5py, numpy' 2> /dev/null || { echo "SKIPPED: $python has no h5py"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for config in "$SOURCE"/configs/worlds/*.ini; do
  "$TARIFA" synth --config "$config" --synth.folder "$work/$(basename "$config" .ini)" > "$work/log" 2>&1 \
    || { cat "$work/log"; echo "FAILED: $config" >&2; exit 1; }
done
$python "$(dirname "$0")/worlds_test.py" "$work" "$SOURCE/docs/methods/synthetic-worlds.md"
