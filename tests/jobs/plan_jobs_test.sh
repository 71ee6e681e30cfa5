#!/usr/bin/env bash
# What a plan says before a run is held against what the run took: disk without an earlier run, memory with one. Both spellings say the same, nothing
# is written, and what does not fit is refused.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() { echo "FAILED: $*" >&2; tail -n 20 out err >&2; exit 1; }
touch out err

# of FIELD: from the last plan. made FILES: their bytes.
of() { sed -n "s/.*\"event\":\"plan\".*\"$1\":\([0-9.]*\).*/\1/p" plan.jsonl | tail -n 1; }
made() { du -cb "$@" | tail -n 1 | cut -f 1; }
peak() { python3 -c 'import json,sys; print(max(json.load(open(sys.argv[1]))["peak_resident_bytes_per_rank"]))' "$1"; }
plan() { "$TARIFA" plan "$@" --run.log plan.jsonl >script 2>err || fail "plan $1: exit code $?"; }
# close WHAT PLANNED REAL FACTOR
close()
{
  echo "$1: planned $2, took $3"
  awk -v a="$2" -v b="$3" -v f="$4" 'BEGIN { exit !(a <= f * b && b <= f * a) }' || fail "$1: planned $2, took $3: not within a factor of $4"
}

world=(synth --synth.folder world --synth.years 2 --synth.declarations 60000 --synth.trade 200000 --synth.seizures 500)
ingest=(ingest --ingest.source "$SOURCE/configs/sources/synth-trade.ini" --ingest.archive archive --ingest.shard-rows 16384)
mirror=(mirror --mirror.archive archive --run.output results/mirror.h5)

echo "== without an earlier run: the bytes on disk"
plan "${world[@]}"
grep -q "built-in rates, no earlier run found" err || fail "nobody says that the rates are built in"
[ ! -e world ] || fail "a plan writes"
disk=$(of result_bytes)
"$TARIFA" "${world[@]}" 2>err
close "synth, disk" "$disk" "$(made world)" 1.5
files=(world/trade-exports-*.csv world/trade-imports-*.csv)
plan "${ingest[@]}" "${files[@]}"
disk=$(of result_bytes)
rows=$(of rows)
[ ! -e archive ] || fail "a plan writes"
"$TARIFA" "${ingest[@]}" "${files[@]}" >out 2>err
close "ingest, disk" "$disk" "$(made archive)" 2
close "ingest, records" "$rows" "$(cat "${files[@]}" | wc -l)" 1.05
mkdir results
plan "${mirror[@]}"
disk=$(of result_bytes)
"$TARIFA" "${mirror[@]}" 2>err
close "mirror, disk" "$disk" "$(made results/mirror.h5)" 1.5

echo "== with an earlier run of the same size: memory and disk; time is only told"
twice() # WHAT FACTS MADE WORDS...
{
  local what=$1 facts=$2 made=$3 memory disk
  shift 3
  plan "$@"
  grep -q "as by *.*$(basename "$facts"): " err || fail "$what: nobody says which earlier run was taken"
  memory=$(of peak_resident_bytes) disk=$(of result_bytes)
  echo "$what: planned $(of wall_seconds) s"
  "$TARIFA" "$@" --redo >out 2>err
  grep "done. wall" err
  close "$what, memory" "$memory" "$(peak "$facts")" 1.3
  close "$what, disk" "$disk" "$(made "$made")" 1.1
}
twice synth world.run.json world "${world[@]}"
twice ingest archive.runs/trade-v0001.run.json archive "${ingest[@]}" "${files[@]}"
twice mirror results/mirror.h5.run.json results/mirror.h5 "${mirror[@]}"
"$TARIFA" export results/mirror.h5 --export.folder tables 2>err
twice export tables.run.json tables export results/mirror.h5 --export.folder tables

echo "== both spellings, and any number of ranks that plan, say the same"
plan "${mirror[@]}" --plan.ranks 3 --plan.nodes 3
# Others use the disk too: what is free on it changes.
told() { sed 's/^\[ *[0-9.]* s\]//; s/; .* are free there//' err; }
told >first
mv script first.sbatch
for with in "$TARIFA" "$MPIRUN -n 3 $TARIFA"; do
  $with "${mirror[@]}" --dry-run --plan.nodes 3 --plan.ranks=3 >script 2>err || fail "--dry-run"
  told | cmp - first || fail "--dry-run says something else than plan"
  sed '/^set -- /s/ --run.log plan.jsonl//' first.sbatch | cmp - script || fail "--dry-run writes another script"
done
grep -q "^mirror: plan for 3 ranks on 3 nodes, 1 thread each\|plan for 3 ranks on 3 nodes" first || fail "no plan for 3 ranks"
grep -q "[0-9]* to [0-9]* shards, .*imbalance 1.[0-9][0-9]" first || fail "no shards for each rank"
grep -qx "set -- mirror --mirror.archive archive --run.output results/mirror.h5" script || fail "the script does not hold the words of the job"
bash -n script || fail "the script is no script"

echo "== a job without an estimate of its own, and jobs whose inputs are not there"
plan describe archive
plan verify archive
grep -q "parts, the largest" err || fail "verify has no parts"
refused() # PATTERN WORDS...
{
  local pattern=$1 code=0
  shift
  "$TARIFA" plan "$@" >script 2>err || code=$?
  [ $code = 2 ] && [ ! -s script ] && grep -q -- "$pattern" err || fail "plan $*: exit code $code, looked for: $pattern"
}
refused "does not fit: 4 ranks x .* more than the 64 MiB of a node" "${mirror[@]}" --plan.ranks 4 --plan.node-memory 64M
refused "2 ranks x 8 threads are more than the 4 cores of a node" "${mirror[@]}" --plan.ranks 2 --run.threads 8 --plan.node-cores 4
refused "1 ranks* are too few for 2 nodes" "${mirror[@]}" --plan.nodes 2
refused "disk are needed" synth --synth.folder w --synth.years 100 --synth.declarations 40000000000 --synth.trade 0
refused "nowhere" mirror --mirror.archive nowhere
refused "name the job to plan"
refused "unknown job 'miror'. Did you mean 'mirror'" miror
refused "unknown option 'plan.rank'" "${mirror[@]}" --plan.rank 3
refused "plan.runs: none is no folder" "${mirror[@]}" --plan.runs none
code=0
TARIFA_HOME=$folder "$TARIFA" plan "${mirror[@]}" >script 2>err || code=$?
[ $code = 2 ] && grep -q "no job.sbatch" err || fail "no job.sbatch: exit code $code"
# An earlier run elsewhere is found when its folder is named.
rm archive.runs/*.json
mkdir elsewhere
cp results/mirror.h5.run.json elsewhere/
plan mirror --mirror.archive archive --run.output new.h5 --plan.runs elsewhere
grep -q "elsewhere/mirror.h5.run.json: " err || fail "--plan.runs is not looked at"
echo passed
