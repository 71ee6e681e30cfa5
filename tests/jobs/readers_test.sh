#!/bin/sh
# Stock h5py, h5dump and rhdf5 read every column of an archive and of a result, and read the delivered values.
set -eu
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
export LC_ALL=C PYTHONDONTWRITEBYTECODE=1 HDF5_PLUGIN_PATH=/nonexistent
# Every file is synced to its device: in memory that costs nothing.
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
python=/usr/bin/python3
$python -c 'import h5py, numpy' 2> /dev/null || { echo "SKIPPED: $python has no h5py"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
here=$(dirname "$0")
fail() { echo "FAILED: $1" >&2; exit 1; }
run() # job and options
{
  $MPIRUN -n 2 "$TARIFA" "$@" > "$work/log" 2>&1 || { cat "$work/log" >&2; fail "$*"; }
}

# Every kind of column, each with missing values, in parts of 64 shards of 16 rows.
cat > "$work/kinds.ini" <<'INI'
[source]
table = kinds
partition = year(day)
duplicates = none
missing = n/a

[column number]
kind = integer

[column wide]
kind = integer
range = -9e18..9e18

[column amount]
kind = decimal
scale = 3
unit = USD

[column flat]
kind = decimal
scale = 2

[column label]
kind = code

[column many]
kind = code

[column product]
kind = hs
digits = 6
restore-zero = true

[column day]
kind = date
format = YYYY-MM-DD
mandatory = true

[column released]
kind = date
format = DD/MM/YYYY

[column nothing]
kind = integer
INI
$python "$here/readers_test.py" write "$work/kinds.csv"
run ingest --ingest.source "$work/kinds.ini" --ingest.archive "$work/archive" --ingest.shard-rows 16 "$work/kinds.csv"
[ "$(find "$work/archive" -name 'part-*.h5' | wc -l)" -eq 6 ] || fail "six parts expected"
run synth --synth.folder "$work/synth" --synth.first-year 2021 --synth.years 2 --synth.declarations 10000 \
  --synth.trade 5000 --synth.seizures 3000
for table in declarations inspections trade seizures; do
  run ingest --ingest.source "$SOURCE/configs/sources/synth-$table.ini" --ingest.archive "$work/archive" \
    --ingest.shard-rows 1024 "$work/synth/$table"*.csv
done
run mirror --mirror.archive "$work/archive" --run.output "$work/mirror.h5"

check() # table, source, files
{
  table=$1 source=$2
  shift 2
  $python "$here/readers_test.py" archive "$source" "$work/archive/$table" "$work/$table.python" "$@" \
    || fail "h5py reads other values of $table than were delivered"
}
check kinds "$work/kinds.ini" "$work/kinds.csv"
for table in declarations inspections trade seizures; do
  check "$table" "$SOURCE/configs/sources/synth-$table.ini" "$work/synth/$table"*.csv
done
$python "$here/readers_test.py" result "$work/mirror.h5" "$work/mirror.python" "$work"/synth/trade-*.csv \
  || fail "h5py reads other cells than the delivered rows give"

part=$(find "$work/archive/kinds" -name 'part-0001.h5' | sort | head -1)
$python "$here/readers_test.py" h5dump "$part" "$work/mirror.h5" || fail "h5dump reads other values than h5py"

if ! Rscript -e 'library(rhdf5)' > /dev/null 2>&1; then
  echo "passed; R left out: Rscript or its package rhdf5 (Debian: r-bioc-rhdf5) is absent"
  exit 0
fi
for table in kinds declarations inspections trade seizures; do
  Rscript "$here/readers_test.R" archive "$work/archive/$table" > "$work/$table.r" 2> "$work/log" \
    || { cat "$work/log" >&2; fail "R stops at $table"; }
  sort "$work/$table.r" > "$work/sorted"
  diff "$work/$table.python" "$work/sorted" || fail "R reads other values of $table than were delivered"
done
Rscript "$here/readers_test.R" result "$work/mirror.h5" > "$work/mirror.r" 2> "$work/log" \
  || { cat "$work/log" >&2; fail "R stops at the result"; }
sort "$work/mirror.r" > "$work/sorted"
diff "$work/mirror.python" "$work/sorted" || fail "R reads other values of the result than h5py"
echo "passed"
