#!/usr/bin/env bash
# A run that is stopped ends with exit code 75; the same command line, on any ranks, goes on until it is complete, makes what an
# undisturbed run makes, and leaves nothing else.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/jobs/in_pieces.sh
source "$here/in_pieces.sh"

"$WRITE_ARCHIVE" archive
"$TARIFA" verify archive >whole 2>err
in_pieces 2 verify archive
cmp whole out || fail "verify in pieces says something else"

# What was found before the stop is told after it.
part=archive/trade/2019/2024-01/part-0001.h5
printf '\377' | dd of=$part bs=1 seek=1000 conv=notrunc status=none
"$TARIFA" verify archive >whole 2>err && fail "the damage is not found"
code=75
while [ $code = 75 ]; do
  code=0
  $MPIRUN -n 2 "$TARIFA" verify archive --run.max-time 1ms --run.checkpoint-every 0 >out 2>err || code=$?
done
[ $code = 4 ] || fail "verify of a damaged archive in pieces ends with $code"
cmp whole out || fail "verify in pieces finds something else"

echo "== a checkpoint of other work is refused"
code=0
$MPIRUN -n 1 "$TARIFA" verify archive --run.max-time 1ms >out 2>err || code=$?
[ $code = 75 ] && [ -d archive.verify.checkpoint ] || fail "no checkpoint"
rm -r archive/trade/2020
code=0
"$TARIFA" verify archive >out 2>err || code=$?
[ $code = 2 ] && grep -q "archive.verify.checkpoint: was left by another run" err || fail "the checkpoint of another archive was taken (exit $code)"
"$TARIFA" verify archive --redo >out 2>err || [ $? = 4 ] || fail "--redo does not begin anew"
[ ! -e archive.verify.checkpoint ] || fail "--redo leaves the old checkpoint"

echo "== a result that is complete is left alone, and what would be another result is not taken for it"
"$TARIFA" synth --synth.folder world --synth.years 1 --synth.only trade --synth.trade 2000 2>err
"$TARIFA" ingest --ingest.source "$SOURCE/configs/sources/synth-trade.ini" --ingest.archive traded world/trade-*.csv >out 2>err
$MPIRUN -n 2 "$TARIFA" mirror --mirror.archive traded --run.output mirror.h5 2>err
before=$(stat -c '%i %Y' mirror.h5)
$MPIRUN -n 3 "$TARIFA" mirror --mirror.archive traded --run.output mirror.h5 2>err || fail "a complete result is no reason to fail"
grep -q "mirror.h5 is complete: .*nothing to do" err || fail "nobody says that nothing was done"
[ "$(stat -c '%i %Y' mirror.h5)" = "$before" ] || fail "the result was written again"
code=0
"$TARIFA" mirror --mirror.archive traded --run.output mirror.h5 --mirror.cif-fob-ratio 1.2 2>err || code=$?
[ $code = 2 ] && grep -q "exists already" err || fail "a result of another configuration was taken (exit $code)"
"$TARIFA" ingest --ingest.source "$SOURCE/configs/sources/synth-trade.ini" --ingest.archive traded --ingest.vintage w2 \
  world/trade-imports-*.csv >out 2>err || fail "second vintage"
code=0
"$TARIFA" mirror --mirror.archive traded --run.output mirror.h5 2>err || code=$?
[ $code = 2 ] || fail "a result of another archive was taken (exit $code)"
echo garbage >other.h5
code=0
"$TARIFA" mirror --mirror.archive traded --run.output other.h5 2>err || code=$?
[ $code = 2 ] && [ "$(cat other.h5)" = garbage ] || fail "a file that is no result was touched (exit $code)"
echo passed
