#!/bin/sh
# Passengers and legs of a synthetic world, held against its truth; source files read the tables whole.
set -eu
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
python=/usr/bin/python3
$python -c 'import h5py, numpy' 2> /dev/null || { echo "SKIPPED: $python has no h5py"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$TARIFA" synth --synth.folder "$work/world" --synth.only travel,journeys > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
$python "$(dirname "$0")/travel_test.py" "$work/world" 2019 2020 2021
for table in flights passengers legs factories ports; do
  "$TARIFA" ingest --ingest.source "$SOURCE/configs/sources/synth-$table.ini" --ingest.archive "$work/archive" "$work/world/$table"*.csv \
    > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  grep -q "^rejected  *0  *0" "$work/log" && grep -q "^duplicate  *0  *0" "$work/log" || { cat "$work/log"; echo "FAILED: $table" >&2; exit 1; }
done
code=0
"$TARIFA" export "$work/world/truth-travel-2019.h5" --export.folder "$work/tables" > "$work/log" 2>&1 || code=$?
[ "$code" -ne 0 ] && grep -q "truth" "$work/log" || { cat "$work/log"; echo "FAILED: the truth is read" >&2; exit 1; }
