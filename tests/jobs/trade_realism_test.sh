#!/bin/sh
# The trade of the default world stays as near to real trade as docs/methods/synthetic-trade.md says.
set -eu
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PYTHONDONTWRITEBYTECODE=1
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
python=/usr/bin/python3
$python -c 'import h5py, numpy' 2> /dev/null || { echo "SKIPPED: $python has no h5py"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$TARIFA" synth --synth.folder "$work/world" --synth.only reference,trade --synth.trade 100000 --synth.years 1 > "$work/log" 2>&1 \
  || { cat "$work/log"; exit 1; }
$python "$(dirname "$0")/trade_realism_test.py" "$SOURCE/tools" "$work/world"
