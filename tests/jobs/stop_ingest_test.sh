#!/usr/bin/env bash
# ingest in pieces, on other ranks and threads each time: the same archive as in one go, with its duplicates, rejects and rows of earlier
# vintages. What is damaged meanwhile is read again; another delivery is refused.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/jobs/in_pieces.sh
source "$here/in_pieces.sh"

"$TARIFA" synth --synth.folder data --synth.only declarations --synth.years 2 --synth.declarations 12000 --synth.truth false 2>err
# Rows delivered twice, broken rows, a quote that is not closed, a record that is longer than a block, and a file of one piece.
{ head -n 1000 data/declarations-2019.csv; echo 'no,row'; sed -n 1001,3000p data/declarations-2019.csv; head -c 700000 /dev/zero | tr '\0' x; echo; } >data/again.csv
sed '200s/,/,"/' data/declarations-2020.csv >data/quote.csv
sed -n '1p;5000,6000p' data/declarations-2019.csv | gzip >data/last.csv.gz
files=(data/again.csv data/declarations-2019.csv data/quote.csv data/last.csv.gz data/declarations-2020.csv)
source_file=$SOURCE/configs/sources/synth-declarations.ini
first=(ingest --ingest.source "$source_file" --ingest.vintage v0001 --ingest.shard-rows 512 data/last.csv.gz)
words=(ingest --ingest.source "$source_file" --ingest.shard-rows 512 --ingest.block-size 256K --ingest.stretch 256K "${files[@]}")

for archive in whole stopped; do "$TARIFA" "${first[@]}" --ingest.archive $archive >out 2>err; done
"$TARIFA" "${words[@]}" --ingest.archive whole >out 2>err || fail "an undisturbed run fails"
grep -q '^rejected  *[0-9,]*  *[1-9]' out && grep -q '^duplicate  *[0-9,]*  *[1-9]' out || fail "the delivery does not hold what it should"
in_pieces 3 "${words[@]}" --ingest.archive stopped
diff -r whole stopped || fail "an archive made in pieces is another one"
[ -z "$(find stopped -name '.ingest-*')" ] || fail "scratch files are left"

echo "== one that is finished is left alone"
$MPIRUN -n 2 "$TARIFA" "${words[@]}" --ingest.archive stopped >out 2>err || fail "a finished vintage is no reason to fail"
grep -q "already; nothing to do" out || fail "nobody says that nothing was done"

# begun FOLDER: an ingest that was stopped once.
begun()
{
  code=0
  rm -rf "$1"
  "$TARIFA" "${first[@]}" --ingest.archive "$1" >out 2>err
  $MPIRUN -n 2 "$TARIFA" "${words[@]}" --ingest.archive "$1" --run.max-time 1ms --run.checkpoint-every 0 >out 2>err || code=$?
  [ $code = 75 ] || fail "did not stop (exit $code)"
  [ "$(find "$1" -name '*.piece' | wc -l)" -ge 2 ] || fail "nothing was kept"
}

echo "== readers see nothing of one that is begun"
begun archive
"$TARIFA" verify archive >out 2>err || fail "an archive with an ingest under way is not whole"
"$TARIFA" describe archive 2>err | grep -q v0002 && fail "a vintage that is not finished is shown"

echo "== another delivery is refused, --redo throws the work away"
code=0
"$TARIFA" ingest --ingest.source "$source_file" --ingest.archive archive data/again.csv >out 2>err || code=$?
[ $code = 2 ] && grep -q "was left by another run" err || fail "the work of another delivery was taken (exit $code)"
touch -d '2001-02-03' data/quote.csv
code=0
"$TARIFA" "${words[@]}" --ingest.archive archive >out 2>err || code=$?
[ $code = 2 ] && grep -q "was left by another run" err || fail "a file that changed was taken for the old one (exit $code)"
"$TARIFA" "${words[@]}" --ingest.archive archive --redo >out 2>err || fail "--redo does not begin anew"
diff -r whole archive || fail "after --redo the archive is another one"

echo "== scratch files that are damaged, cut short or gone are read again"
flip='sh -c "printf \"\\252\" | dd of=\"\$0\" bs=1 seek=40 conv=notrunc status=none"'
for damage in 'truncate -s -1' 'rm' "$flip"; do
  for what in 'runs-*' 'keys-*' 'rejects-*' 'share-00000.piece'; do
    begun archive
    file=$(find archive -name "$what" -size +0 | sort | head -1)
    [ -n "$file" ] || fail "nothing to damage: $what"
    eval "$damage" "$file"
    "$TARIFA" "${words[@]}" --ingest.archive archive >out 2>err || fail "$damage $what: does not go on"
    grep -q "all input is read again" err || fail "$damage $what: the damage was not seen"
    diff -r whole archive || fail "$damage $what: the archive is another one"
  done
done

echo "== killed when a piece is there"
begun killed
hits=0
for ranks in 2 3 1; do
  before=$(find killed -name '*.piece' | wc -l)
  $MPIRUN -n $ranks "$TARIFA" "${words[@]}" --ingest.archive killed --run.checkpoint-every 0 >out 2>err &
  while kill -0 $! 2>/dev/null && [ "$(find killed -name '*.piece' 2>/dev/null | wc -l)" -le "$before" ]; do :; done
  victim=$(pgrep -P $! -x tarifa | head -1) || true
  if [ -n "$victim" ] && kill -KILL "$victim" 2>/dev/null; then hits=$((hits + 1)); fi
  wait $! 2>/dev/null || true
done
[ $hits -gt 0 ] || fail "no run was killed"
"$TARIFA" "${words[@]}" --ingest.archive killed >out 2>err || fail "does not go on after kills"
diff -r whole killed || fail "after kills the archive is another one"

echo "== what was read is kept when the command line is wrong, for whoever may read records only, and looked at with --check"
begun archive
pieces=$(find archive -name '*.piece' | wc -l)
[ -z "$(find archive -name '*.piece' -perm /077)" ] || fail "others may read what was read of the records"
code=0
"$TARIFA" "${words[@]}" --ingest.archive archive --run.threads 300 >out 2>err || code=$?
[ $code = 2 ] || fail "300 threads are taken (exit $code)"
[ "$(find archive -name '*.piece' | wc -l)" = "$pieces" ] || fail "a wrong option threw away what was read"
"$TARIFA" "${words[@]}" --ingest.archive archive >out 2>err || fail "does not go on"
$MPIRUN -n 2 "$TARIFA" "${words[@]}" --ingest.archive nothing --check >out 2>err || fail "--check fails"
[ ! -e nothing ] || fail "--check wrote something"
"$TARIFA" "${words[@]}" --ingest.archive archive --check >out 2>err || fail "--check of a known delivery fails"
grep -q "already; nothing to do" out || fail "--check does not know a known delivery"
echo passed
