#!/usr/bin/env bash
# Faults planted on a cluster of three nodes: each ends in one of three ways (complete, resumable, failed with one message and its exit code),
# nothing hangs, and nothing is left that looks finished. The table is in docs/reliability.md; a lost node is in cluster_test.sh.
set -euo pipefail
# shellcheck source=tests/slurm/three_nodes.sh
source "$(dirname "${BASH_SOURCE[0]}")/three_nodes.sh"

small_disk() # FOLDER SIZE
{
  mkdir "$1"
  mount -t tmpfs -o "size=$2" tmpfs "$1" 2>/dev/null || skip "mounting a small disk is not allowed here"
  mounted+=("$work/$1")
}
read_only() # FOLDER
{
  mount --bind "$1" "$1" && mounted+=("$work/$1")
  mount -o remount,ro,bind "$1"
}

# failed JOB CODE TEXT...: it ended with the code and with one message, in which all texts stand.
failed()
{
  local job=$1 code=$2 outcome message text
  shift 2
  outcome=$(ended "$job")
  [ "$outcome" = "$job FAILED $code:0" ] || fail "job $job ended as '$outcome' instead of 'FAILED $code:0'"
  message=$(grep '^tarifa [a-z]*: ' "tarifa-$job.log") || fail "job $job has no message"
  [ "$(wc -l <<<"$message")" = 1 ] || fail "job $job has more than one message: $message"
  for text in "$@"; do
    [[ $message == *"$text"* ]] || fail "job $job: no '$text' in '$message'"
  done
  echo "$outcome: $message"
}
complete() # JOB...
{
  local outcome
  outcome=$(ended "$@")
  [ "$(grep -c ' COMPLETED 0:0$' <<<"$outcome")" = $# ] || fail "not complete: $outcome"
  echo "$outcome"
}
# empty FOLDER: no file in it, under whatever name.
empty() { [ ! -e "$1" ] || [ -z "$(find "$1" ! -type d)" ] || fail "left: $(find "$1" ! -type d | head -5)"; }

# Ranks of this test that work at job JOB, whichever node they are on.
ranks_of()
{
  local pid
  for pid in $(pgrep -x tarifa || true); do
    ! tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qx "SLURM_JOB_ID=$1" \
      || [ "$(readlink "/proc/$pid/cwd")" != "$work" ] || echo "$pid"
  done
}
# until_there SECONDS COMMAND...
until_there()
{
  local until=$((SECONDS + $1))
  while [ $SECONDS -lt $until ]; do
    ! "${@:2}" 2>/dev/null || return 0
    sleep 0.05
  done
  fail "not within $1 s: ${*:2}"
}

/usr/bin/python3 -c 'import h5py' 2>/dev/null || skip "no h5py here (Debian package python3-h5py)"
source=$SOURCE/configs/sources/synth-trade.ini
"$TARIFA" synth --synth.folder data --synth.years 2 --synth.only trade --synth.trade 40000 2>synth.log
ingest=(ingest --ingest.source "$source" --ingest.shard-rows 2048)
files=(data/trade-*.csv)
"$TARIFA" "${ingest[@]}" --ingest.archive alone "${files[@]}" >alone.log 2>&1
"$TARIFA" mirror --mirror.archive alone --run.output alone.h5 >>alone.log 2>&1

# Mounts of this machine are seen by all nodes that are started after them.
small_disk small 1m
mkdir locked && cp -r alone locked/archive && read_only locked
start_three_nodes
three=(--nodes 3 --ntasks 3)
mirror=(mirror --mirror.archive alone --run.output)

echo "== one rank meets bad data: all stop, one message"
gzip -k data/trade-*.csv
head -c 20000 data/trade-exports-2020.csv.gz >data/cut.csv.gz
bad_data=$(submit "${three[@]}" -- "${ingest[@]}" --ingest.archive bad data/trade-imports-2019.csv.gz data/cut.csv.gz data/trade-imports-2020.csv.gz)

# One byte of the values that only one of the ranks reads.
cp -r alone flipped
/usr/bin/python3 - flipped/trade/2020/v0001/part-0000.h5 <<'PYTHON'
import sys, h5py
with h5py.File(sys.argv[1]) as part:
    columns = [name.decode() for name in part["index/columns"][:]]
    at = int(part["index/chunks"][columns.index("value"), 9, 0]) + 40
with open(sys.argv[1], "r+b") as part:
    part.seek(at)
    byte = part.read(1)[0]
    part.seek(at)
    part.write(bytes([byte ^ 4]))
PYTHON
flipped_verify=$(submit "${three[@]}" -- verify flipped)
flipped_mirror=$(submit "${three[@]}" -- mirror --mirror.archive flipped --run.output flipped.h5)

failed "$bad_data" 3 "rank" "of 3 ranks failed" "cut.csv.gz" "damaged"
empty bad
echo "== a byte of a shard is flipped: verify names the part, mirror refuses it"
failed "$flipped_verify" 4 "is damaged: 2 findings"
grep -q '^flipped/trade/2020/v0001/part-0000.h5: shard 9, column value: .*checksum' "tarifa-$flipped_verify.log" || fail "verify does not name the chunk"
failed "$flipped_mirror" 4 "1 of 3 ranks failed" "part-0000.h5"
[ -z "$(ls -d flipped.h5* 2>/dev/null)" ] || fail "left: $(ls -d flipped.h5*)"

echo "== the disk is full: of the result, of the archive, of scratch"
mkdir small/scratch
full_result=$(submit "${three[@]}" -- "${mirror[@]}" small/mirror.h5)
failed "$full_result" 4 "small/mirror.h5" "No space left on device"
empty small
full_scratch=$(submit "${three[@]}" -- "${ingest[@]}" --ingest.archive full --ingest.scratch small/scratch "${files[@]}")
failed "$full_scratch" 4 "small/scratch" "No space left on device"
empty small
empty full
full_archive=$(submit "${three[@]}" -- "${ingest[@]}" --ingest.archive small/archive --ingest.scratch . "${files[@]}")
failed "$full_archive" 4 "small/archive" "No space left on device"
empty small
[ -z "$(ls -d .ingest-* 2>/dev/null)" ] || fail "left: $(ls -d .ingest-*)"
echo "== and when there is room again, the same command line completes"
mount -o remount,size=64m small
again=$(submit "${three[@]}" -- "${mirror[@]}" small/mirror.h5)
again_archive=$(submit "${three[@]}" -- "${ingest[@]}" --ingest.archive small/archive --ingest.scratch . "${files[@]}")
complete "$again" "$again_archive"
cmp alone.h5 small/mirror.h5 || fail "after a full disk mirror writes other bytes"
diff -r alone small/archive || fail "after a full disk ingest writes other bytes"

echo "== the output can only be read"
read_result=$(submit "${three[@]}" -- "${mirror[@]}" locked/mirror.h5)
read_archive=$(submit "${three[@]}" -- "${ingest[@]}" --ingest.archive locked/new "${files[@]}")
read_verify=$(submit "${three[@]}" -- verify locked/archive)
failed "$read_result" 4 "locked/mirror.h5" "Read-only file system"
failed "$read_archive" 4 "locked/new" "Read-only file system"
complete "$read_verify"

echo "== each node has a folder of its own under the name"
apart=$(submit "${three[@]}" -- "${mirror[@]}" /tmp/mirror.h5)
failed "$apart" 4 "/tmp/mirror.h5" "of 3 ranks failed" "No such file"
empty cluster/tmp/n1/mirror.h5

echo "== a limit on the size of files"
printf '#!/usr/bin/env bash\nulimit -f 16384\nexec %q "$@"\n' "$TARIFA" >limited && chmod +x limited
limited=$(TARIFA=$work/limited submit "${three[@]}" -- synth --synth.folder limited-world --synth.years 1 --synth.only declarations --synth.declarations 150000)
failed "$limited" 4 "limited-world" "File too large"
empty limited-world

echo "== others hold locks on the files: tarifa asks for none, whatever HDF5 is told"
held=(alone/trade/*/v0001/part-0000.h5 alone.h5)
for file in "${held[@]}"; do exec {lock}<"$file" && flock --exclusive "$lock"; done
export HDF5_USE_FILE_LOCKING=TRUE
locked_verify=$(submit "${three[@]}" -- verify alone)
locked_mirror=$(submit "${three[@]}" -- "${mirror[@]}" locks.h5)
locked_export=$(submit -- export alone.h5 --export.folder tables)
complete "$locked_verify" "$locked_mirror" "$locked_export"
unset HDF5_USE_FILE_LOCKING
cmp alone.h5 locks.h5 || fail "beside locks mirror writes other bytes"

echo "== two jobs write one output: the second is told who is at work. A rank is killed: Slurm puts the job back, and what was complete by then stays"
world=(synth --synth.years 1 --synth.only "trade,declarations" --synth.trade 1000 --synth.declarations 300000)
"$TARIFA" "${world[@]}" --synth.folder undisturbed 2>>synth.log
killed=$(submit "${three[@]}" -- "${world[@]}" --synth.folder disturbed)
until_there 30 test -s disturbed/declarations-2019.csv.partial
mapfile -t ranks < <(ranks_of "$killed")
[ ${#ranks[@]} -gt 0 ] || fail "no rank is there to be killed"
# The first stands still for so long.
kill -STOP "${ranks[@]}"
second=$(submit -- "${world[@]}" --synth.folder disturbed)
failed "$second" 2 "disturbed-trade-declarations: another run is writing it: process " " on n1 (Slurm job $killed), since "
kill -KILL "${ranks[-1]}"
kill -CONT "${ranks[@]}" 2>/dev/null || true
complete "$killed"
grep -q "try 2" "tarifa-$killed.log" || fail "the job was not put back into the queue"
diff -r undisturbed disturbed || fail "the run whose rank was killed wrote other bytes"
[ -z "$(ls ./*.claim 2>/dev/null)" ] || fail "left: $(ls ./*.claim)"

echo "== less memory than the budget: a warning in front, whatever comes"
tight=$(TARIFA_TRIES=1 submit --ntasks 1 --mem 24 -- "${mirror[@]}" tight.h5 --run.memory 100M)
outcome=$(ended "$tight")
echo "$outcome"
grep -q 'host n1: 1 rank x --run.memory 100 MiB are more than the 24 MiB it gives them (SLURM_MEM_PER_NODE)' "tarifa-$tight.log" \
  || fail "nobody says that the memory may not do"
# Slurm looks once a second how much a job has: this one may have ended by then.
[[ $outcome == *" COMPLETED 0:0" ]] || [ ! -e tight.h5 ] || fail "a run that was killed left a result"
roomy=$(submit --ntasks 1 --mem 1000 -- "${mirror[@]}" tight.h5 --run.memory 100M)
complete "$roomy"
cmp alone.h5 tight.h5 || fail "after a lack of memory mirror writes other bytes"
echo "passed"
