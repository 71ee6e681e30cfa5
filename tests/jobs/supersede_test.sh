#!/bin/sh
# A later vintage supersedes rows of earlier ones with the same key: which rows count afterwards, on any ranks and threads; what
# is refused; what a stopped run leaves.
set -eu
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $1" >&2; cat "$work/log" >&2; exit 1; }
here=$SOURCE/tests/jobs
python() { /usr/bin/python3 "$here/supersede_test.py" "$@"; }

options="--ingest.source $work/source.ini --ingest.shard-rows 256 --ingest.block-size 256KiB"
# ingest SHAPE ARCHIVE FILE and options, SHAPE being "ranks threads"
ingest()
{
  shape=$1 archive=$2 file=$3
  shift 3
  # shellcheck disable=SC2086
  $MPIRUN -n ${shape% *} "$TARIFA" ingest $options --ingest.archive "$archive" --run.threads ${shape#* } "$work/$file.csv" "$@" \
    > "$work/out" 2> "$work/log"
}
refused() # TEXT, then as for ingest: exit code 2, the text, and an archive that is as it was
{
  text=$1
  shift
  cp -r "$2" "$work/before"
  code=0
  ingest "$@" || code=$?
  [ "$code" = 2 ] || fail "exit code $code instead of 2 ($text)"
  grep -q "$text" "$work/log" || fail "no '$text'"
  diff -r "$work/before" "$2" || fail "a refused delivery left something"
  rm -r "$work/before"
}
verify() { "$TARIFA" verify "$1" > "$work/out" 2> "$work/log"; }
live() { "$TARIFA" describe "$1" 2>> "$work/log" | sed -n 's/^declarations: \([0-9,]*\) rows\{0,1\} .*/\1/p'; }

python write "$work"
mkdir "$work/after"
base=$work/base
for n in 1 2 3; do
  ingest "1 1" "$base" d$n || fail "delivery $n"
  [ $n = 1 ] || grep -Eq "^earlier rows superseded +0 +[0-9,]+ +[0-9,]+\.[0-9]{2} USD$" "$work/out" || fail "no line of delivery $n"
  python check "$work" "$base" $n > "$work/log" 2>&1 || fail "rows after delivery $n"
  verify "$base" || fail "verify after delivery $n"
  rm -rf "$base.runs"
  cp -r "$base" "$work/after/$n"
done

for shape in "1 2" "2 1" "2 2" "3 1" "3 2" "4 1" "4 2"; do
  cp -r "$work/after/2" "$work/other"
  ingest "$shape" "$work/other" d3 || fail "delivery 3 on $shape"
  diff -r "$base" "$work/other" || fail "bytes differ on $shape (ranks threads)"
  rm -rf "$work/other"
done
# With little memory the filter of keys lets more pass; what comes out is the same.
cp -r "$work/after/2" "$work/other"
ingest "2 2" "$work/other" d3 --run.memory 16MiB || fail "with little memory"
diff -r "$base" "$work/other" || fail "bytes differ with little memory"
rm -rf "$work/other"

# The same file again is known; under a name of its own it takes the place of all its rows.
ingest "2 1" "$base" d3 || fail "a known delivery"
grep -q "are vintage v0003 of table declarations already" "$work/out" || fail "a known delivery was not told"
diff -r "$work/after/3" "$base" || fail "a known delivery changed something"
cp -r "$base" "$work/again"
ingest "2 1" "$work/again" d3 --ingest.vintage v0009 || fail "the same delivery under another name"
[ "$(live "$work/again")" = "$(live "$base")" ] || fail "the same delivery changed the number of rows"
verify "$work/again" || fail "verify after the same delivery"
ingest "1 1" "$base" d2 --ingest.vintage v0004 --check || fail "check"
grep -q "^earlier rows superseded" "$work/out" || fail "check does not tell superseded rows"
diff -r "$work/after/3" "$base" || fail "check wrote something"

# A vintage in front of others, and one that others build upon.
refused "vintage v0000 of table declarations would stand before others, but [0-9]* of its records have keys that rows of vintage" \
  "2 1" "$base" d3 --ingest.vintage v0000
refused "vintage v0001 of table declarations cannot be replaced: vintage v0002 supersedes rows of it" "1 1" "$base" d1 --redo
refused "vintage v0002 of table declarations cannot be replaced: vintage v0003" "1 1" "$base" d3 --ingest.vintage v0002 --redo
cp -r "$base" "$work/front"
ingest "2 1" "$work/front" alone --ingest.vintage v0000 || fail "a vintage before others with keys of its own"
verify "$work/front" || fail "verify with a vintage before others"
# A vintage that superseded nothing, but left out records because an earlier one has higher versions.
printf 'declaration,item,office,date,changed,value\nE1,1,O1,2019-01-01,2024-05-01,5\n' > "$work/high.csv"
ingest "1 1" "$work/outranked" high || fail "high version"
ingest "2 1" "$work/outranked" alone || fail "low version"
grep -Eq "^superseded +[0-9]+ +1 " "$work/out" || fail "a lower version was not left out"
grep -q "earlier rows superseded" "$work/out" && fail "a lower version superseded a row"
[ "$(live "$work/outranked")" = 1 ] || fail "one row must count"
refused "vintage v0001 .* cannot be replaced: vintage v0002 left out records of which it has higher versions" \
  "1 1" "$work/outranked" high --redo

# The last vintage can be replaced, by itself: the bytes are the same.
ingest "2 2" "$base" d3 --redo || fail "redo"
diff -r "$work/after/3" "$base" || fail "redo made other bytes"

# Stopped before the manifest stands: nothing of the vintage is there, and the next run completes it.
cp -r "$base" "$work/cut"
rm "$work/cut/declarations/manifests/v0003.json"
code=0
verify "$work/cut" || code=$?
[ "$code" = 4 ] && grep -q "v0003.json: is missing, .*published half way" "$work/out" || fail "verify of a vintage that was not completed gave $code"
[ "$(live "$work/cut")" = "$(live "$work/after/2")" ] || fail "rows of a vintage without a manifest count"
ingest "2 1" "$work/cut" d3 || fail "completing a vintage"
diff -r "$base" "$work/cut" || fail "a vintage completed later has other bytes"
# Killed at any moment.
for delay in 0.04 0.08; do
  rm -rf "$work/cut"
  cp -r "$work/after/2" "$work/cut"
  # shellcheck disable=SC2086
  "$TARIFA" ingest $options --ingest.archive "$work/cut" --run.threads 1 "$work/d3.csv" > "$work/out" 2> "$work/log" &
  pid=$!
  sleep $delay
  kill -9 $pid 2> /dev/null || true
  wait $pid 2> /dev/null || true
  case $(live "$work/cut") in
    "$(live "$work/after/2")" | "$(live "$base")") ;;
    *) fail "a killed run left half a vintage" ;;
  esac
  verify "$work/cut" || grep -q "published half way" "$work/out" || fail "verify after a killed run"
  ingest "1 2" "$work/cut" d3 || fail "completing a killed run"
  diff -r "$base" "$work/cut" || fail "a killed run completed later has other bytes"
done

# meanwhile FILE: a run is held up while it compares keys, FILE is published before it, and it goes on. Its exit code is `code`.
meanwhile()
{
  for attempt in 1 2 3 4 5; do
    rm -rf "$work/held"
    cp -r "$work/after/1" "$work/held"
    # shellcheck disable=SC2086
    "$TARIFA" ingest $options --ingest.archive "$work/held" --ingest.vintage v0008 --run.threads 1 "$work/d2.csv" \
      > "$work/held-out" 2> "$work/held-log" &
    pid=$! polls=0
    while [ ! -e "$work/held/.ingest-declarations-v0008/superseded-00000-000" ] && [ $polls -lt 2000 ]; do
      polls=$((polls + 1))
      sleep 0.001
    done
    kill -STOP $pid 2> /dev/null || true
    # It may have been quicker than we.
    held=1
    [ ! -e "$work/held/declarations/manifests/v0008.json" ] || held=0
    [ $held = 0 ] || ingest "1 1" "$work/held" "$1" --ingest.vintage v0007 || fail "a second run beside the first"
    kill -CONT $pid 2> /dev/null || true
    code=0
    wait $pid || code=$?
    [ $held = 0 ] || return 0
  done
  fail "no run could be held up in $attempt attempts"
}
meanwhile d3
[ $code = 4 ] || fail "a vintage with the same keys was published meanwhile, and the run gave $code"
grep -q "vintage v0007 of table declarations was published meanwhile and has keys of this delivery" "$work/held-log" \
  || fail "the vintage published meanwhile was not named"
[ -z "$(find "$work/held" -name '*v0008*')" ] || fail "a refused run left something"
verify "$work/held" || fail "verify after a refused run"
meanwhile alone
[ $code = 0 ] || fail "a vintage with other keys was published meanwhile, and the run gave $code"
verify "$work/held" || fail "verify of two runs side by side"

# One flipped bit in the flags.
flags=$(find "$work/cut/declarations" -name superseded.h5 | sort | tail -1)
/usr/bin/python3 - "$flags" << 'END'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(1500)
    byte = f.read(1)[0]
    f.seek(1500)
    f.write(bytes([byte ^ 4]))
END
code=0
verify "$work/cut" || code=$?
[ "$code" = 4 ] || fail "verify of damaged flags gave $code"
grep -q "superseded.h5: digest is" "$work/out" || fail "damaged flags were not named"
echo "passed"
