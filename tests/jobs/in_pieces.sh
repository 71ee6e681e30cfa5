# Read by the tests of stopping: a folder of their own to stand in, and what they have in common.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() { echo "FAILED: $*" >&2; tail -n 20 "$folder"/out "$folder"/err >&2; exit 1; }

# in_pieces LEAST WORDS...: runs a job that has no time again and again, each time on other ranks and threads. At least LEAST runs are stopped.
in_pieces()
{
  local least=$1 stops=0 code ranks
  shift
  for ((;;)); do
    ranks=$((stops % 3 + 1))
    code=0
    OMP_NUM_THREADS=$((stops % 2 + 1)) $MPIRUN -n $ranks "$TARIFA" "$@" --run.max-time 1ms --run.checkpoint-every 0 >out 2>err || code=$?
    [ $code = 0 ] && break
    [ $code = 75 ] || fail "$1: exit code $code instead of 75"
    grep -q "stopped at a checkpoint (--run.max-time is over).*the same command line goes on" err || fail "$1 does not say that it stopped"
    stops=$((stops + 1))
    [ $stops -lt 60 ] || fail "$1 does not get on"
  done
  [ $stops -ge "$least" ] || fail "$1 was stopped $stops times, expected $least at least"
  [ -z "$(find . -name '*.checkpoint' -o -name '*.partial')" ] || fail "$1 left $(find . -name '*.checkpoint' -o -name '*.partial')"
  echo "$1: complete after $stops stops"
}
