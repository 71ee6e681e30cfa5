#!/usr/bin/env bash
# synth and export in pieces, on other ranks and threads each time: the same files as in one go; a finished one is left alone.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/jobs/in_pieces.sh
source "$here/in_pieces.sh"

synth=(synth --synth.years 1 --synth.declarations 3000 --synth.trade 3000 --synth.seizures 300)
"$TARIFA" "${synth[@]}" --synth.folder whole 2>err
in_pieces 3 "${synth[@]}" --synth.folder world
diff -r whole world || fail "a world made in pieces is another one"

echo "== one that is finished is left alone; a lost file makes it unfinished, and is not made up for quietly"
before=$(stat -c '%i %Y' world/trade-exports-2019.csv)
$MPIRUN -n 2 "$TARIFA" "${synth[@]}" --synth.folder world 2>err || fail "a finished world is no reason to fail"
grep -q "world is complete: .*nothing to do" err || fail "nobody says that nothing was done"
[ "$(stat -c '%i %Y' world/trade-exports-2019.csv)" = "$before" ] || fail "a finished file was written again"
echo more >>world/trade-imports-2019.csv
code=0
"$TARIFA" "${synth[@]}" --synth.folder world 2>err || code=$?
[ $code = 2 ] && grep -q "exists" err || fail "a world with a file of another length is taken for whole (exit $code)"

echo "== a checkpoint of another world is refused"
code=0
"$TARIFA" "${synth[@]}" --synth.folder other --run.max-time 1ms 2>err || code=$?
[ $code = 75 ] || fail "did not stop (exit $code)"
code=0
"$TARIFA" "${synth[@]}" --synth.folder other --run.seed 2 2>err || code=$?
[ $code = 2 ] && grep -q "other.checkpoint: was left by another run" err || fail "the checkpoint of another world was taken (exit $code)"

rm -r other other.checkpoint

echo "== killed between the files"
for after in 0.05 0.1 0.15 0.2; do
  "$TARIFA" "${synth[@]}" --synth.folder killed 2>err &
  sleep $after
  kill -KILL $! 2>/dev/null || true
  wait $! 2>/dev/null || true
done
"$TARIFA" "${synth[@]}" --synth.folder killed 2>err || fail "does not go on after kills"
diff -r whole killed || fail "after kills the world is another one"

echo "== export"
"$TARIFA" ingest --ingest.source "$SOURCE/configs/sources/synth-trade.ini" --ingest.archive archive whole/trade-*.csv >out 2>err
"$TARIFA" mirror --mirror.archive archive --run.output mirror.h5 2>err
"$TARIFA" export mirror.h5 --export.folder tables 2>err
in_pieces 2 export mirror.h5 --export.folder pieces --export.tables by_exporter,by_period,total
for file in pieces/*; do cmp "$file" "tables/${file##*/}" || fail "tables exported in pieces are others"; done
"$TARIFA" export mirror.h5 --export.folder pieces --export.tables by_exporter,by_period,total 2>err || fail "a finished export is no reason to fail"
grep -q "pieces is complete" err || fail "nobody says that nothing was done"
echo passed
