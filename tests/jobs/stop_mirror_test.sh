#!/usr/bin/env bash
# mirror in pieces, on other ranks and threads each time: the same bytes as in one go; a piece that is damaged is made again.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/jobs/in_pieces.sh
source "$here/in_pieces.sh"

"$TARIFA" synth --synth.folder world --synth.years 2 --synth.only trade --synth.trade 400000 2>err
"$TARIFA" ingest --ingest.source "$SOURCE/configs/sources/synth-trade.ini" --ingest.archive archive --ingest.shard-rows 16384 \
  world/trade-*.csv >out 2>err
"$TARIFA" mirror --mirror.archive archive --run.output whole.h5 2>err
mirror=(mirror --mirror.archive archive --run.output mirror.h5 --run.memory 16M)
in_pieces 3 "${mirror[@]}"
cmp whole.h5 mirror.h5 || fail "mirror in pieces writes other bytes"

echo "== what is kept is used, and a piece that is damaged is made again"
stop_once() { $MPIRUN -n "$1" "$TARIFA" "${mirror[@]}" --redo --run.max-time 1ms >out 2>err && fail "did not stop" || [ $? = 75 ]; }
stop_once 2
pieces=(mirror.h5.checkpoint/*.piece)
[ ${#pieces[@]} = 2 ] || fail "expected a piece of each of 2 ranks, not ${pieces[*]}"
rm mirror.h5
$MPIRUN -n 3 "$TARIFA" "${mirror[@]}" --run.max-time 1ms >out 2>err && fail "did not stop" || [ $? = 75 ]
grep -q "goes on from mirror.h5.checkpoint: 2 units of work are done" err || fail "does not say that it goes on"
[ "$(ls mirror.h5.checkpoint/*.piece | wc -l)" -gt 2 ] || fail "no pieces were added"
for piece in "${pieces[@]}"; do [ -e "$piece" ] || fail "$piece is gone"; done
printf '\377\377' | dd of="${pieces[0]}" bs=1 seek=100 conv=notrunc status=none
$MPIRUN -n 2 "$TARIFA" "${mirror[@]}" >out 2>err || fail "a damaged piece ends the job"
grep -q "1 of [0-9]* pieces of the checkpoint are damaged or missing" err || fail "nobody says that a piece is damaged"
cmp whole.h5 mirror.h5 || fail "mirror with a damaged piece writes other bytes"
[ ! -e mirror.h5.checkpoint ] || fail "the checkpoint is left"

echo "== SIGTERM in the first scan ends it there"
rm mirror.h5
"$TARIFA" "${mirror[@]}" >out 2>err &
pid=$!
while kill -0 $pid 2>/dev/null && ! grep -q comparing err; do sleep 0.02; done
kill -TERM $pid 2>/dev/null || true
status=0
wait $pid || status=$?
# Where the signal came after the first piece was kept, a checkpoint is left; before, nothing is.
[ $status = 75 ] || [ $status = 0 ] || fail "exit code $status after SIGTERM"
"$TARIFA" "${mirror[@]}" >out 2>err || fail "cannot go on after SIGTERM"
cmp whole.h5 mirror.h5 || fail "after SIGTERM mirror writes other bytes"

echo "== killed again and again"
rm mirror.h5
for after in 0.6 0.7; do
  $MPIRUN -n 2 "$TARIFA" "${mirror[@]}" --run.checkpoint-every 0 >out 2>err &
  pid=$!
  sleep $after
  rank=$(pgrep -P $pid -x tarifa | head -1 || true)
  # It may have ended by itself meanwhile.
  [ -z "$rank" ] || kill -KILL "$rank" 2>/dev/null || true
  wait $pid 2>/dev/null || true
done
"$TARIFA" "${mirror[@]}" >out 2>err || fail "cannot go on after kills"
cmp whole.h5 mirror.h5 || fail "after kills mirror writes other bytes"
[ -z "$(find . -name '*.checkpoint' -o -name '*.partial')" ] || fail "left $(find . -name '*.checkpoint' -o -name '*.partial')"
echo passed
