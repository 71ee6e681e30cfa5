#!/bin/sh
# Declarations and their later versions, ingested in one delivery or one after the other: what counts are the last versions.
set -eu
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $1" >&2; cat "$work/log" >&2; exit 1; }
ingest() # ranks, archive, source, files
{
  ranks=$1 archive=$2 source=$3
  shift 3
  $MPIRUN -n "$ranks" "$TARIFA" ingest --ingest.source "$SOURCE/configs/sources/synth-$source.ini" --ingest.archive "$work/$archive" \
    "$@" > "$work/out" 2> "$work/log" || fail "ingest of $source"
  grep -Eq "^rejected +0 +0" "$work/out" || fail "rows of $source were rejected: $(cat "$work/out")"
}

"$TARIFA" synth --synth.folder "$work/world" --synth.years 2 --synth.declarations 30000 --synth.only declarations \
  --synth.truth false 2> "$work/log" || fail "synth"
ingest 2 together amendments "$work/world"/declarations-*.csv "$work/world"/amendments-*.csv
ingest 1 apart declarations "$work/world"/declarations-*.csv
ingest 2 apart amendments "$work/world"/amendments-*.csv
for archive in together apart; do
  /usr/bin/python3 "$SOURCE/tests/jobs/amendments_test.py" "$work/world" "$work/$archive" > "$work/log" 2>&1 || fail "what counts in $archive"
  "$TARIFA" verify "$work/$archive" > "$work/log" 2>&1 || fail "verify $archive"
done
echo passed
