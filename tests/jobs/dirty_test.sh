#!/bin/sh
# tarifa synth, dirty delivery: the same bytes on any ranks and threads, in pieces or whole; what ingest makes of it is the clean world
# with amendments applied, less what the key says is broken, and it rejects exactly that, for these reasons.
set -eu
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
/usr/bin/python3 -c 'import h5py' 2> /dev/null || { echo "skipped: no h5py"; exit 77; }
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $1" >&2; cat "$work/log" >&2; exit 1; }
python() { PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$SOURCE/tests/jobs/dirty_test.py" "$@" > "$work/log" 2>&1; }
sources=$SOURCE/configs/sources
faults="--dirty.delivery true --dirty.broken-share 0.03 --dirty.repeated-share 0.06 --dirty.amended-share 0.05 --dirty.cut-off-share 1"

# synth "RANKS THREADS" FOLDER and options
synth()
{
  shape=$1 folder=$2
  shift 2
  # shellcheck disable=SC2086
  $MPIRUN -n ${shape% *} "$TARIFA" synth --run.threads ${shape#* } --synth.folder "$work/$folder" $faults "$@" \
    > "$work/out" 2> "$work/log" || fail "synth on $shape (ranks threads): $*"
}
# ingest RANKS SOURCE ARCHIVE FILES
ingest()
{
  ranks=$1 source=$2 archive=$3
  shift 3
  $MPIRUN -n "$ranks" "$TARIFA" ingest --ingest.source "$sources/$source.ini" --ingest.archive "$work/$archive" \
    --ingest.block-size 256KiB "$@" > "$work/out" 2> "$work/log" || fail "ingest of $* on $ranks ranks"
}

# Several blocks of 65,536 rows, so that ranks and threads have something to share.
large="--synth.first-year 2020 --synth.years 1 --synth.declarations 132000 --synth.only dirty"
# shellcheck disable=SC2086
synth "1 1" base $large
for shape in "2 2" "3 1"; do
  # shellcheck disable=SC2086
  synth "$shape" other $large
  rm -f "$work/other.made"
  diff -r "$work/base" "$work/other" || fail "bytes differ on $shape (ranks threads)"
  rm -rf "$work"/other*
done

# A small world, clean and dirty, as one and year by year.
small="--synth.declarations 24000"
# shellcheck disable=SC2086
synth "1 1" world $small --synth.only declarations,dirty
for year in 2021 2019 2020; do
  # shellcheck disable=SC2086
  synth "2 1" pieces $small --synth.only dirty --synth.year $year
done
for file in "$work"/pieces/*.csv "$work"/pieces/*.h5; do
  cmp "$file" "$work/world/${file##*/}" || fail "the pieces are not the whole"
done
[ "$(ls "$work"/pieces | wc -l)" -eq 9 ] || fail "nine files expected: $(ls "$work/pieces")"
stat -c %a "$work"/world/truth-dirty-2019.h5 | grep -qx 600 || fail "others may read the key"

world=$work/world
ingest 1 synth-declarations clean "$world"/declarations-*.csv
for ranks in 1 2 3; do
  archive=dirty-$ranks
  ingest $ranks synth-dirty-until-2020 $archive "$world/dirty-declarations-2019.csv" "$world/dirty-declarations-2020.csv"
  ingest $ranks synth-dirty-from-2021 $archive "$world/dirty-declarations-2021.csv"
  ingest $ranks synth-dirty-until-2020 $archive "$world/dirty-amendments-2019.csv"
  ingest $ranks synth-dirty-from-2021 $archive "$world/dirty-amendments-2020.csv" "$world/dirty-amendments-2021.csv"
  rm -rf "$work/$archive.runs"
  [ $ranks = 1 ] || diff -r "$work/dirty-1" "$work/$archive" || fail "the archive differs on $ranks ranks"
done
"$TARIFA" verify "$work/dirty-1" > "$work/log" 2>&1 || fail "verify"
python rows "$world" "$work/clean" "$work/dirty-1" || fail "the rows that count"
python rejects "$world" "$work/dirty-1" 2019 2020 2021 || fail "the balance sheets and the rejects"
cat "$work/log"

# Without the forms a delivery is read as the clean file is.
plain="--dirty.renamed-columns false --dirty.local-encoding false --dirty.local-separator false --dirty.local-numbers false
  --dirty.local-dates false --dirty.lost-zeros false"
# shellcheck disable=SC2086
synth "1 1" plain --synth.declarations 6000 --synth.only dirty --synth.years 1 $plain
ingest 1 synth-declarations plain-archive "$work/plain/dirty-declarations-2019.csv"
ingest 1 synth-declarations plain-archive "$work/plain/dirty-amendments-2019.csv"
python rejects "$work/plain" "$work/plain-archive" 2019 || fail "the balance sheets without forms"

# No rows: files with headers, and an empty key. A delivery without truth has no key.
synth "2 1" empty --synth.declarations 0 --synth.only dirty --synth.years 1
[ "$(cat "$work"/empty/dirty-*.csv | wc -l)" -eq 2 ] || fail "an empty delivery has two headers"
ingest 2 synth-dirty-until-2020 empty-archive "$work"/empty/dirty-*.csv
synth "1 1" keyless --synth.declarations 300 --synth.only dirty --synth.truth false
ls "$work/keyless" | grep -q truth && fail "a key that nobody wanted"

# Nothing of it unless asked for.
code=0
"$TARIFA" synth --synth.folder "$work/x" --synth.only dirty > "$work/log" 2>&1 || code=$?
[ "$code" -eq 2 ] && grep -q "dirty.delivery true" "$work/log" || fail "a delivery nobody asked for: code $code"
echo passed
