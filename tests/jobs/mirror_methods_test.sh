#!/bin/sh
# tarifa mirror with a freight model and reconciliation: the same bytes on any ranks and threads, and nearer to the planted truth than either report.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/jobs/on_ranks.sh
. "$here/on_ranks.sh"
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
# same ON-1-RANK NAME, options: the same bytes on other ranks and threads
same()
{
  name=$1
  shift
  mirror 1 1 "$name" "$@"
  for shape in "1 2" "3 1"; do
    # shellcheck disable=SC2086
    mirror $shape other "$@"
    cmp "$work/$name.h5" "$work/other.h5" || fail "$name: bytes differ on $shape (ranks threads)"
    rm "$work/other.h5"
  done
}
same whole --mirror.fob baci-2 --mirror.reconcile likelihood --mirror.causes true
grep -q "cells with imports take the flat ratio" "$work/log" || fail "does not say how many cells the model knows too little about"
same baci --mirror.fob baci-4 --mirror.reconcile baci --mirror.least-observations 10
same gehlhar --mirror.fob baci-1 --mirror.reconcile gehlhar --mirror.hs-digits 4
mirror 2 2 other --mirror.fob baci-3 --mirror.reconcile gehlhar --mirror.exclude-worst-partner true
/usr/bin/python3 "$here/mirror_methods_test.py" "$work/whole.h5" "$work"/synth/truth-trade-*.h5 || fail "the reconciled values"
echo "passed"
