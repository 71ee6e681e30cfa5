# Sourced by the tests on a cluster of three nodes: makes the folder $work, goes there, and says how jobs are submitted and waited for.
# `start_three_nodes` starts the cluster; it ends, and the folder goes, with the test. Skips where no cluster can be made.
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
mounted=()
cleanup()
{
  "$cluster" stop "$nodes" || true
  local place
  for place in "${mounted[@]}"; do umount "$place" || true; done
  rm -rf "$work"
}
trap cleanup EXIT

export TARIFA TARIFA_HOME=$SOURCE/slurm
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# Nodes share the cores of this machine: a waiting rank gives its core away, none is bound to one.
export OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_btl_tcp_if_include=eth0 OMPI_MCA_oob_tcp_if_include=eth0 HWLOC_HIDE_ERRORS=2

cd "$work"

start_three_nodes()
{
  local begin
  begin=$(date +%s%N)
  "$cluster" start "$nodes" 3 2 2000
  echo "three nodes are idle after $((($(date +%s%N) - begin) / 1000000)) ms"
}

# submit OPTIONS... -- JOB...: prints the number of the job.
submit()
{
  local options=()
  while [ "$1" != -- ]; do options+=("$1"); shift; done
  shift
  "$cluster" exec "$nodes" sbatch --parsable --time 5 "${options[@]}" "$SOURCE/slurm/job.sbatch" "$@"
}
# ended JOB...: waits, prints "JOB STATE EXIT" for each.
ended() { "$cluster" wait "$nodes" 120 "$@"; }
