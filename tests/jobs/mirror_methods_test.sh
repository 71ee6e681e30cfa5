#!/bin/sh
# tarifa mirror with a freight model and reconciliation: the same bytes on any ranks and threads, and nearer to the planted truth than either report.
set -eu
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
# Every file is synced to its device: in memory that costs nothing.
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
here=$(cd "$(dirname "$0")" && pwd)
fail() { echo "FAILED: $1" >&2; exit 1; }
run() # ranks, threads, job and options
{
  ranks=$1 threads=$2
  shift 2
  $MPIRUN -n "$ranks" "$TARIFA" "$@" --run.threads "$threads" > "$work/log" 2>&1 \
    || { cat "$work/log" >&2; fail "$1 on $ranks ranks x $threads threads"; }
}
ingest() # source, files
{
  source=$1
  shift
  run 2 1 ingest --ingest.source "$SOURCE/configs/sources/synth-$source.ini" --ingest.archive "$work/archive" --ingest.shard-rows 4096 "$@"
}

run 2 1 synth --synth.folder "$work/synth" --synth.only trade,reference --synth.first-year 2020 --synth.years 2 --synth.trade 40000
ingest trade "$work"/synth/trade-*.csv
code=0
"$TARIFA" mirror --mirror.archive "$work/archive" --mirror.fob baci-2 --run.output "$work/none.h5" > "$work/log" 2>&1 || code=$?
[ "$code" = 2 ] || fail "without distances the exit code is $code"
grep -q "no table distances.*configs/sources/distances-cepii.ini" "$work/log" || { cat "$work/log"; fail "does not say what to ingest"; }
ingest distances "$work/synth/distances.csv"
ingest countries "$work/synth/countries.csv"

mirror() # ranks, threads, name, options
{
  name=$3
  ranks=$1 threads=$2
  shift 3
  run "$ranks" "$threads" mirror --mirror.archive "$work/archive" --run.output "$work/$name.h5" "$@"
}
for model in 1 2 3 4; do
  mirror 1 1 "baci-$model" --mirror.fob "baci-$model" --mirror.reconcile likelihood
done
grep -q "cells with imports take the flat ratio" "$work/log" || fail "does not say how many cells the model knows too little about"
for shape in "1 2" "2 1" "3 2" "4 1"; do
  # shellcheck disable=SC2086
  mirror $shape other --mirror.fob baci-2 --mirror.reconcile likelihood
  cmp "$work/baci-2.h5" "$work/other.h5" || fail "bytes differ on $shape (ranks threads)"
  rm "$work/other.h5"
done
/usr/bin/python3 "$here/mirror_methods_test.py" "$work/baci-2.h5" "$work"/synth/truth-trade-*.h5 || fail "the reconciled values"
echo "passed"
