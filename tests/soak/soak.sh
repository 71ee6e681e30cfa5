#!/usr/bin/env bash
# Kills jobs at random moments, runs the same command line until it is complete, and compares all files with those of an undisturbed run.
#
#   tests/soak/soak.sh here|cluster [TRIALS [SEED [JOB...]]]      (60 trials, seed 1, all jobs; TARIFA, MPIRUN, SOURCE as for the tests)
#
# "here" starts the ranks with mpirun and signals one of them; "cluster" submits to a Slurm cluster of three nodes, where a rank is killed, a
# node is lost, a job is cancelled, warned by Slurm or out of time, and goes back into the queue.
# A new job is a function run_NAME, which calls `tarifa` in the current folder; what it needs is made in prepare().
set -euo pipefail
where=${1:-here} trials=${2:-60} seed=${3:-1}
shift $(($# < 3 ? $# : 3))
jobs=("$@")
[ $# -gt 0 ] || jobs=(synth ingest verify mirror export)
limit=120 # seconds that a run may take before it hangs
RANDOM=$seed

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "FAILED: $* (seed $seed)" >&2; tail -n 20 "$work"/err* >&2; exit 1; }

run_synth() { tarifa synth --synth.folder world --synth.years 2 --synth.declarations 60000 --synth.trade 60000 --synth.seizures 1000; }
run_ingest()
{
  tarifa ingest --ingest.source "$SOURCE/configs/sources/synth-trade.ini" --ingest.archive archive --ingest.vintage soak \
    --ingest.block-size 256K --ingest.stretch 1M "$work"/world/trade-*.csv
}
run_verify() { tarifa verify "$work/archive" --run.checkpoint "$PWD/checkpoint"; }
run_mirror() { tarifa mirror --mirror.archive "$work/archive" --run.output mirror.h5 --run.memory 16M; }
run_export() { tarifa export "$work/mirror.h5" --export.folder tables; }

prepare()
{
  "$TARIFA" synth --synth.folder "$work/world" --synth.years 2 --synth.only trade --synth.trade 300000 2>"$work/err"
  "$TARIFA" ingest --ingest.source "$SOURCE/configs/sources/synth-trade.ini" --ingest.archive "$work/archive" --ingest.shard-rows 16384 \
    "$work"/world/trade-*.csv >/dev/null 2>"$work/err"
  "$TARIFA" mirror --mirror.archive "$work/archive" --run.output "$work/mirror.h5" 2>"$work/err"
}

# tarifa WORDS...: on $ranks ranks, hit by $blow after $delay seconds unless that is "none"; leaves the exit code in $code, 0 when complete.
tarifa()
{
  local words=("$@" --run.checkpoint-every 0) began=$SECONDS
  [ "$blow" != max-time ] || words+=(--run.max-time "$((10#${delay/./} + 1))ms")
  code=0
  "run_$where" "${words[@]}"
  # timeout that had to kill ends with 137, as a killed rank does: the time tells them apart.
  [ $((SECONDS - began)) -lt $limit ] || fail "$1 hung for more than $limit s after $blow (exit $code)"
}

# One of the ranks that work in this folder, on whichever node.
some_rank()
{
  local pid found=()
  for pid in $(pgrep -x tarifa); do
    [ "$(readlink "/proc/$pid/cwd")" != "$PWD" ] || found+=("$pid")
  done
  [ ${#found[@]} = 0 ] || echo "${found[RANDOM % ${#found[@]}]}"
}
hit_rank() { local pid; pid=$(some_rank); [ -z "$pid" ] || kill -"$1" "$pid" 2>/dev/null || true; }

blows_here=(KILL KILL TERM USR1 max-time)
run_here()
{
  # shellcheck disable=SC2086
  timeout -k 5 $limit $MPIRUN -n "$ranks" "$TARIFA" "$@" >out.txt 2>"$work/err" &
  local pid=$!
  case $blow in
    none | max-time) ;;
    *) sleep "$delay" && hit_rank "$blow" ;;
  esac
  wait $pid || code=$?
}

# Slurm itself puts the job back after a lost rank or node and after a checkpoint; a cancelled job is submitted again.
blows_cluster=(rank rank node cancel warning limit)
run_cluster()
{
  local job ended
  job=$("${slurm[@]}" exec "$nodes" sbatch --parsable --time 5 --nodes "$ranks" --ntasks "$ranks" --output "$work/err-%j" \
    "$SOURCE/slurm/job.sbatch" "$@")
  case $blow in
    none) ;;
    *)
      until grep -q '^\[job\].*try 1' "$work/err-$job" 2>/dev/null; do sleep 0.02; done
      sleep "$delay"
      ;;
  esac
  case $blow in
    rank) hit_rank KILL ;;
    warning) "${slurm[@]}" exec "$nodes" scancel --signal=USR1 "$job" 2>/dev/null || true ;;
    cancel) "${slurm[@]}" exec "$nodes" scancel "$job" 2>/dev/null || true ;;
    limit) # as Slurm ends what has no time left: TERM to all, then KILL
      "${slurm[@]}" exec "$nodes" scancel --full --signal=TERM "$job" 2>/dev/null || true
      sleep 3
      "${slurm[@]}" exec "$nodes" scancel --full --signal=KILL "$job" 2>/dev/null || true
      ;;
    node)
      local node=n$((RANDOM % ranks + 1))
      "${slurm[@]}" kill-node "$nodes" $node && "${slurm[@]}" start-node "$nodes" $node
      ;;
  esac
  ended=$("${slurm[@]}" wait "$nodes" "$limit" "$job") || fail "$1 hung for more than $limit s after $blow: $ended"
  case $ended in
    *" COMPLETED 0:0") ;;
    *" CANCELLED "*) code=cancelled ;;
    *) code=${ended#* } && code=${code// /-} ;;
  esac
  local tries
  tries=$(grep -c '^\[job\].*try' "$work/err-$job") || true
  [ "$code" != 0 ] || [ "$tries" -le 1 ] || code=requeued
  rm -f "$work/err-$job"
}

start_cluster()
{
  slurm=("$SOURCE/tests/slurm/cluster")
  nodes=$work/cluster
  [ "$(id -u)" = 0 ] || skip "a cluster in namespaces needs root"
  command -v slurmctld >/dev/null || skip "no slurmctld here"
  export TARIFA_HOME=$SOURCE/slurm OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
  export OMPI_MCA_btl_tcp_if_include=eth0 OMPI_MCA_oob_tcp_if_include=eth0 HWLOC_HIDE_ERRORS=2
  "${slurm[@]}" start "$nodes" 3 2 2000
}

# What says when and how a run went may differ.
forget_the_run()
{
  rm -rf archive.runs
  find . -name '*.run.json' -delete
  [ "$job" = verify ] && [ "$where" = here ] || rm -f out.txt
}

compare()
{
  forget_the_run
  diff -r "$work/whole/$job" . >&2 || fail "$job made something else"
}

# Nodes have a /tmp of their own.
work=$(mktemp -d "${SOAK_PARENT:-/var/tmp}/tarifa-soak-XXXXXX")
slurm=(true)
cleanup() { "${slurm[@]}" stop "$work/cluster" || true; rm -rf "$work"; }
trap cleanup EXIT
export TARIFA OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_hwloc_base_binding_policy=none
[ "$where" != cluster ] || start_cluster
declare -n blows="blows_$where"

prepare
declare -A length hits endings
for job in "${jobs[@]}"; do
  mkdir -p "$work/whole/$job" && cd "$work/whole/$job"
  blow=none ranks=2
  begin=$(date +%s%N)
  "run_$job"
  length[$job]=$((($(date +%s%N) - begin) / 1000000))
  [ "$code" = 0 ] || fail "$job ends with $code undisturbed"
  forget_the_run
done

longest=0
for ((trial = 0; trial < trials; ++trial)); do
  job=${jobs[trial % ${#jobs[@]}]}
  mkdir "$work/trial" && cd "$work/trial"
  # Up to three blows, one after the other, then undisturbed.
  for ((left = RANDOM % 3 + 1; left > 0; --left)); do
    blow=${blows[RANDOM % ${#blows[@]}]} ranks=$((RANDOM % 3 + 1))
    moment=$(((RANDOM * 32768 + RANDOM) % length[$job]))
    delay=$(printf '%d.%03d' $((moment / 1000)) $((moment % 1000)))
    "run_$job"
    hits[$blow]=$((${hits[$blow]:-0} + 1))
    endings[$code]=$((${endings[$code]:-0} + 1))
    case $blow:$code in
      *:0 | *:requeued) break ;;
      # 138 and 143: the signal came before the program had begun to listen.
      *:75 | KILL:137 | USR1:138 | TERM:143 | cancel:cancelled | limit:*) ;;
      *) fail "$job ended with $code after $blow" ;;
    esac
  done
  blow=none ranks=$((RANDOM % 3 + 1))
  begin=$(date +%s%N)
  "run_$job"
  took=$((($(date +%s%N) - begin) / 1000000))
  longest=$((took > longest ? took : longest))
  [ "$code" = 0 ] || fail "$job, put back into the queue, ended with $code"
  compare
  cd "$work" && rm -rf trial
done
echo "$trials trials of ${jobs[*]} ($where, seed $seed): all files as undisturbed"
for blow in "${!hits[@]}"; do echo "  hit by $blow: ${hits[$blow]}"; done | sort
for code in "${!endings[@]}"; do echo "  ended with $code: ${endings[$code]}"; done | sort
echo "  longest run after the last blow: $longest ms"
