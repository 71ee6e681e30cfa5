#!/usr/bin/env bash
# A cluster of three nodes runs ingest, verify and mirror through sbatch: the same bytes as one process, failures with their exit codes,
# a lost node made good by Slurm.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cluster=$here/cluster

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "FAILED: $*" >&2; tail -n 20 "$work"/*.log >&2 2>/dev/null || true; exit 1; }

[ "$(id -u)" = 0 ] || skip "a cluster in namespaces needs root"
for tool in slurmctld slurmd sbatch munged mungekey ip nsenter unshare; do
  command -v "$tool" >/dev/null || skip "no $tool here (Debian packages slurmctld, slurmd, slurm-client, munge, iproute2)"
done
unshare --mount --uts --pid --fork true 2>/dev/null || skip "this machine allows no namespaces"

# Nodes share it, so it must not lie in /tmp, which is each node's own.
work=$(mktemp -d "${TARIFA_CLUSTER_PARENT:-/var/tmp}/tarifa-slurm-XXXXXX")
nodes=$work/cluster
cleanup() { "$cluster" stop "$nodes" || true; rm -rf "$work"; }
trap cleanup EXIT

export TARIFA TARIFA_HOME=$SOURCE/slurm
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# Nodes share the cores of this machine: a waiting rank gives its core away, none is bound to one.
export OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_btl_tcp_if_include=eth0 OMPI_MCA_oob_tcp_if_include=eth0 HWLOC_HIDE_ERRORS=2

cd "$work"
"$TARIFA" synth --synth.folder data --synth.years 2 --synth.declarations 60000 --synth.trade 40000 --synth.seizures 100 2>synth.log
ingest_words=(ingest --ingest.source "$SOURCE/configs/sources/synth-trade.ini" --ingest.shard-rows 2048)
ingest_files=(data/trade-exports-*.csv data/trade-imports-*.csv)
"$TARIFA" "${ingest_words[@]}" --ingest.archive alone "${ingest_files[@]}" >alone.log 2>&1
"$TARIFA" mirror --mirror.archive alone --run.output alone.h5 >>alone.log 2>&1

begin=$(date +%s%N)
"$cluster" start "$nodes" 3 2 2000
echo "three nodes are idle after $((($(date +%s%N) - begin) / 1000000)) ms"

# submit OPTIONS... -- JOB...: prints the number of the job.
submit()
{
  local options=()
  while [ "$1" != -- ]; do options+=("$1"); shift; done
  shift
  "$cluster" exec "$nodes" sbatch --parsable --time 5 "${options[@]}" "$SOURCE/slurm/job.sbatch" "$@"
}
ended() { "$cluster" wait "$nodes" 120 "$@"; }

echo "== ingest, verify and mirror, one after the other, over three nodes"
three=(--nodes 3 --ntasks 3 --cpus-per-task 2)
ingest=$(submit "${three[@]}" -- "${ingest_words[@]}" --ingest.archive archive "${ingest_files[@]}")
verify=$(submit "${three[@]}" --dependency "afterok:$ingest" -- verify archive)
mirror=$(submit "${three[@]}" --dependency "afterok:$verify" -- mirror --mirror.archive archive --run.output mirror.h5)
outcome=$(ended "$ingest" "$verify" "$mirror")
echo "$outcome"
[ "$(echo "$outcome" | grep -c 'COMPLETED 0:0')" = 3 ] || fail "not all three completed"
grep -q '3 ranks on 3 hosts' "tarifa-$mirror.log" || fail "mirror did not run on three hosts"
diff -r alone archive || fail "the archive made on three nodes has other bytes"
cmp alone.h5 mirror.h5 || fail "the mirror table made on three nodes has other bytes"

echo "== an array: one index for each year"
for year in 2019 2020; do
  echo "--ingest.archive years --ingest.vintage y$year data/declarations-$year.csv"
done >lines
array=$("$cluster" exec "$nodes" sbatch --parsable --time 5 --array 1-2 --ntasks 2 "$SOURCE/slurm/array.sbatch" lines \
  ingest --ingest.source "$SOURCE/configs/sources/synth-declarations.ini")
outcome=$(ended "${array}_1" "${array}_2")
echo "$outcome"
[ "$(echo "$outcome" | grep -c 'COMPLETED 0:0')" = 2 ] || fail "the array did not complete"
"$TARIFA" verify years >verify.log 2>&1 || fail "what the array ingested is not whole"
again=$("$cluster" exec "$nodes" sbatch --parsable --time 5 --array 2 --ntasks 2 "$SOURCE/slurm/array.sbatch" lines \
  ingest --ingest.source "$SOURCE/configs/sources/synth-declarations.ini")
[[ $(ended "${again}_2") == *"COMPLETED 0:0"* ]] || fail "an index that is finished must end with 0 when it is run again"

echo "== a failing job ends with its exit code, and what waits for it does not run"
bad=$(submit --ntasks 2 -- mirror --mirror.archive nowhere --run.output bad.h5)
after=$(submit --ntasks 1 --dependency "afterok:$bad" --kill-on-invalid-dep=yes -- verify archive)
outcome=$(ended "$bad" "$after")
echo "$outcome"
grep -q "^$bad FAILED [2-4]:0" <<<"$outcome" || fail "a missing archive must fail with the exit code of tarifa"
grep -q "^$after CANCELLED" <<<"$outcome" || fail "a job behind a failed one must not run"
[ ! -e bad.h5 ] || fail "the failed job left a result"

echo "== a node is lost in the middle: Slurm puts the job back, and the files are those of an undisturbed run"
world=(synth --synth.years 1 --synth.declarations 1500000 --synth.trade 1000 --synth.seizures 0)
"$TARIFA" "${world[@]}" --synth.folder undisturbed 2>>synth.log
lost=$(submit "${three[@]}" -- "${world[@]}" --synth.folder disturbed)
for _ in $(seq 300); do
  [ ! -s disturbed/declarations-2019.csv.partial ] || break
  sleep 0.05
done
[ -s disturbed/declarations-2019.csv.partial ] || fail "the job did not begin to write"
"$cluster" kill-node "$nodes" n2
"$cluster" start-node "$nodes" n2
outcome=$(ended "$lost")
echo "$outcome"
[[ $outcome == *"COMPLETED 0:0"* ]] || fail "the job that lost a node did not complete"
grep -q "try 2" "tarifa-$lost.log" || fail "the job was not put back into the queue"
diff -r undisturbed disturbed || fail "the run that lost a node wrote other bytes"

echo "== stopping leaves nothing behind"
"$cluster" stop "$nodes"
[ ! -e "$nodes" ] || fail "the folder of the cluster is still there"
! ip netns list | grep -q "^t[0-9]*-n[123]" || fail "a namespace is still there"
echo "passed"
