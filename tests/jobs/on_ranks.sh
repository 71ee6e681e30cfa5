# Read by tests that run jobs on several ranks and threads: a folder for what they make, $work, and how they run and fail.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
# Every file is synced to its device: in memory that costs nothing.
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $1" >&2; exit 1; }
run() # ranks, threads, job and options
{
  ranks=$1 threads=$2
  shift 2
  $MPIRUN -n "$ranks" "$TARIFA" "$@" --run.threads "$threads" > "$work/log" 2>&1 \
    || { cat "$work/log" >&2; fail "$1 on $ranks ranks x $threads threads"; }
}
