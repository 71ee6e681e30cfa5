#!/bin/sh
# tarifa report: pages with the figures of the result, the same bytes on any ranks and threads, whole HTML, nothing from outside.
set -eu
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1 OMP_NUM_THREADS=1
# Every file is synced to its device: in memory that costs nothing.
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
here=$(cd "$(dirname "$0")" && pwd)
fail() { echo "FAILED: $1" >&2; exit 1; }
run() # ranks, threads, job and options
{
  ranks=$1 threads=$2 start=
  shift 2
  [ "$ranks" = 1 ] || start="$MPIRUN -n $ranks"
  # shellcheck disable=SC2086
  $start "$TARIFA" "$@" --run.threads "$threads" > "$work/log" 2>&1 \
    || { cat "$work/log" >&2; fail "$1 on $ranks ranks x $threads threads"; }
}
ingest() # source, files
{
  source=$1
  shift
  run 1 1 ingest --ingest.source "$SOURCE/configs/sources/synth-$source.ini" --ingest.archive "$work/archive" "$@"
}

run 1 1 synth --synth.folder "$work/synth" --synth.only trade,reference --synth.first-year 2020 --synth.years 2 --synth.trade 30000
# Trade among a few countries; the code of one must be escaped in the text and in the name of its page.
for file in "$work"/synth/trade-exports-*.csv "$work"/synth/trade-imports-*.csv; do
  awk -F, 'NR == FNR { if (FNR > 1 && FNR < 14) known[$1]; next }
    FNR == 1 || (($2 in known) && ($3 in known || $3 == "_X"))' "$work/synth/countries.csv" "$file" \
    | sed "s/,JPN,/,<i>\&'L,/" > "$work/$(basename "$file")"
done
ingest trade "$work"/trade-*.csv
ingest distances "$work/synth/distances.csv"
ingest countries "$work/synth/countries.csv"
mirror() # name, options
{
  name=$1
  shift
  run 1 1 mirror --mirror.archive "$work/archive" --run.output "$work/$name.h5" "$@"
}
mirror whole --mirror.fob baci-2 --mirror.reconcile likelihood --mirror.causes true
mirror plain --mirror.hs-digits 4
mirror chapters --mirror.hs-digits 2 --mirror.reconcile gehlhar --mirror.period as-reported
head -1 "$work/trade-exports-2020.csv" > "$work/nothing.csv"
run 1 1 ingest --ingest.source "$SOURCE/configs/sources/synth-trade.ini" --ingest.archive "$work/none" "$work/nothing.csv"
run 1 1 mirror --mirror.archive "$work/none" --run.output "$work/empty.h5"

for name in whole plain chapters empty; do
  run 1 1 report "$work/$name.h5" --report.folder "$work/$name" --report.products 5 --report.gaps 3
  grep -v '^ranks' "$work/$name.made" | grep -q "index.html" || fail "$name: the mark does not name the index"
done
for shape in "1 2" "2 1" "3 1"; do
  # shellcheck disable=SC2086
  run $shape report "$work/whole.h5" --report.folder "$work/other" --report.products 5 --report.gaps 3
  diff -rq "$work/whole" "$work/other" || fail "bytes differ on $shape (ranks threads)"
  rm -r "$work/other" "$work/other.made"
done
run 3 1 report "$work/empty.h5" --report.folder "$work/other"
cmp "$work/empty/index.html" "$work/other/index.html" || fail "bytes of the empty report differ on 3 ranks"
[ "$(ls "$work/empty")" = index.html ] || fail "a result without cells has one page"
grep -q "The result has no cells" "$work/empty/index.html" || fail "the page of an empty result does not say so"

for name in whole plain chapters empty; do
  /usr/bin/python3 "$here/report_test.py" "$work/$name.h5" "$work/$name" || fail "$name"
done

# Made already: nothing to do. Another result in the same folder: refused.
run 2 1 report "$work/whole.h5" --report.folder "$work/whole" --report.products 5 --report.gaps 3
grep -q "nothing to do" "$work/log" || fail "a complete report is made again"
code=0
"$TARIFA" report "$work/plain.h5" --report.folder "$work/whole" > "$work/log" 2>&1 || code=$?
[ "$code" = 2 ] || fail "a folder with another report gives $code"
code=0
"$TARIFA" report "$work"/synth/truth-trade-2020.h5 --report.folder "$work/truth" > "$work/log" 2>&1 || code=$?
[ "$code" = 2 ] || fail "planted truth gives $code"
echo "passed"
