#!/usr/bin/env bash
# The command line as a person meets it: help, flags, origins, exit codes, one message for one fault, no hang.
set -u
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
bad=0

# expect CODE PATTERN COMMAND...: exit code, and a pattern somewhere in what was written on either stream.
expect()
{
  local code=$1 pattern=$2
  shift 2
  timeout 40 "$@" >"$out/stdout" 2>"$out/stderr"
  local got=$?
  if [ "$got" != "$code" ] || ! cat "$out/stdout" "$out/stderr" | grep -qE -- "$pattern"; then
    echo "FAILED: $*: exit $got (expected $code), looked for: $pattern"
    cat "$out/stdout" "$out/stderr"
    bad=1
  fi
}
count() { # N PATTERN FILE: the pattern stands on exactly N lines
  local n
  n=$(grep -cE -- "$2" "$3")
  if [ "$n" != "$1" ]; then echo "FAILED: '$2' on $n lines of $(basename "$3"), expected $1"; cat "$3"; bad=1; fi
}
ranks() { local n=$1; shift; expect "${@:1:2}" $MPIRUN -n "$n" "${@:3}"; }

expect 0 '^good$' "$TRIAL"
expect 0 '^  echo +says what it was handed' "$TRIAL" help
expect 0 'HDF5: 1\.' "$TRIAL" version
expect 0 'HDF5: 1\.' "$TRIAL" --version
expect 0 'Prints its settings' "$TRIAL" echo --help
count 0 'seed' "$out/stdout"   # the job has none
count 1 '--check ' "$out/stdout"
count 1 '--dry-run ' "$out/stdout"
count 1 '--plan.node-memory ' "$out/stdout"
expect 0 'Prints its settings' "$TRIAL" help echo

expect 0 '^threads 3 check 1 redo 1 max-time 90 memory 64MiB$' \
  "$TRIAL" echo --threads 3 --check --redo --max-time=90s --memory 64MiB a b
count 1 'echo: done\. wall' "$out/stderr"
expect 0 '^threads 5 ' env OMP_NUM_THREADS=5,2 "$TRIAL" echo
expect 0 '^threads [1-9]' env -u OMP_NUM_THREADS "$TRIAL" echo
expect 0 '^words = b c$' "$TRIAL" echo --print-config a 'b c'
printf '[run]\nmemory = 32MiB\nthreads = 2\n' >"$out/e.ini"
expect 0 '^threads 1 .* memory 32MiB' "$TRIAL" echo --config "$out/e.ini" --threads=1
"$TRIAL" echo --config "$out/e.ini" a b --print-config >"$out/full.ini"
expect 0 '^threads 2 .* memory 32MiB' "$TRIAL" echo --config="$out/full.ini"

expect 0 '^SIMD: portable$' env TARIFA_SIMD=portable "$TRIAL" version
expect 2 "TARIFA_SIMD is 'avx9'; use portable, avx2 or avx512" env TARIFA_SIMD=avx9 "$TRIAL" echo
count 1 . "$out/stderr"
expect 0 'Prints its settings' env TARIFA_SIMD=avx9 "$TRIAL" echo --help

expect 2 "unknown job 'ehco'. Did you mean 'echo'\?" "$TRIAL" ehco
expect 2 "unknown option 'run.thread'. Did you mean 'run.threads'\?" "$TRIAL" echo --run.thread 3
expect 2 "run.threads = 'x' \(command line\): not a whole number; allowed: 0 to 1024" "$TRIAL" echo --threads x
expect 2 'this job has no --check' "$TRIAL" stopped --check
expect 2 'No such file' "$TRIAL" echo --config "$out/none.ini"
expect 2 '--config needs a file' "$TRIAL" echo --config
printf '[run]\n\nmemroy = 1G\n' >"$out/e.ini"
expect 2 "e.ini, line 3: unknown option 'run.memroy'. Did you mean 'run.memory'\?" "$TRIAL" echo --config "$out/e.ini"

expect 3 'shard 7 is short' "$TRIAL" fail-together
expect 4 'the disk is gone' "$TRIAL" fail-alone
expect 5 'sorting: out of memory' "$TRIAL" no-memory
expect 6 '^tarifa unbalanced: difference 3 rows' "$TRIAL" unbalanced
expect 75 'stopped after shard 3' "$TRIAL" stopped

# Of a job that says nothing of its work there is a plan too; it does not run.
expect 0 'the job does not say how much there is to do' env TARIFA_HOME="$SOURCE/slurm" "$TRIAL" echo --dry-run
count 0 '^threads' "$out/stdout"
count 1 '^set -- echo$' "$out/stdout"
count 1 '^#SBATCH --ntasks=1$' "$out/stdout"
expect 0 'Prints its settings' "$TRIAL" plan echo --help
expect 0 'Prints its settings' "$TRIAL" help plan echo
expect 2 'name the job to plan' "$TRIAL" plan

for n in 2 3; do
  ranks $n 0 '^threads' "$TRIAL" echo
  count 1 '^threads' "$out/stdout"
  count 1 "odd rows \\($((n * (n + 1) / 2)) times, on $n of $n ranks\\)" "$out/stderr"
  count 1 "^\\[ +[0-9.]+ s\\] tarifa .* echo +$n ranks on 1 host \\(.*\\), [0-9]+ threads? each, " "$out/stderr"
  ranks $n 2 'unknown job' "$TRIAL" ehco
  count 1 'unknown job' "$out/stderr"
  ranks $n 3 "^tarifa fail-together: rank $((n - 1)) \\(1 of $n ranks failed\\): reading shards: shard 7 is short" \
    "$TRIAL" fail-together
  count 1 'shard 7' "$out/stderr"
  ranks $n 4 'the disk is gone' "$TRIAL" fail-alone
  count 1 'the disk is gone' "$out/stderr"
  ranks $n 5 '^tarifa no-memory: sorting: out of memory' "$TRIAL" no-memory
done

# Programs read what happens in a file of JSON lines; a second run goes on in it, and a run that fails says so.
ranks 2 0 'echo: done' "$TRIAL" echo --log "$out/log.jsonl"
expect 3 'shard 7' "$TRIAL" fail-together --log "$out/log.jsonl"
expect 75 'stopped after' "$TRIAL" stopped --log "$out/log.jsonl"
count 3 '^{"time":"[0-9T:.Z-]*","event":"start",.*"hosts":\[\{"host"' "$out/log.jsonl"
count 1 '"event":"warning","text":"odd rows \(3 times, on 2 of 2 ranks\)"}$' "$out/log.jsonl"
count 1 '"event":"end","outcome":"complete","exit_code":0,.*"ranks":2,' "$out/log.jsonl"
count 1 '"event":"end","outcome":"failed","exit_code":3,' "$out/log.jsonl"
count 1 '"event":"end","outcome":"stopped","exit_code":75,' "$out/log.jsonl"
count 7 '^\{.*\}$' "$out/log.jsonl"
expect 4 '--run.log: .*/none/log: No such file' "$TRIAL" echo --log "$out/none/log"

# More threads than cores is slow, and said; a rank bound to one core too.
expect 0 'warning: 1 of 1 rank may use fewer cores than it has threads \(rank 0: 1 for 3\)' taskset -c 0 "$TRIAL" echo --threads 3
count 0 'do not fit' "$out/stderr"
expect 0 'warning: host .*: 2 ranks x 500 threads do not fit its' $MPIRUN -n 2 "$TRIAL" echo --threads 500

expect 4 'standard output: No space left' bash -c "'$TRIAL' help >/dev/full"
expect 0 'reader gone: 0' bash -c "'$TRIAL' help | true; echo reader gone: \${PIPESTATUS[0]}"
exit $bad
