#!/usr/bin/env bash
# Weak scaling of ingest and mirror from one rank to two: twice the data on twice the ranks. Files, archive and result lie in a memory file system.
# Prints medians of wall seconds, processor seconds per million rows, and the efficiencies; the three cases take turns.
#
#   bench/weak_scaling.sh [REPEATS [ROWS]]           tarifa on the path or in $TARIFA; ROWS per rank [2 million declarations, as many trade flows]
set -euo pipefail
repeats=${1:-7}
rows=${2:-2000000}
tarifa=${TARIFA:-tarifa}
work=$(mktemp -d /dev/shm/tarifa-weak.XXXXXX)
trap 'rm -rf "$work"' EXIT
sources=$(cd "$(dirname "$0")/.." && pwd)/configs/sources

"$tarifa" synth --synth.folder "$work/csv" --synth.first-year 2020 --synth.years 2 --synth.declarations $((2 * rows)) --synth.trade $((2 * rows)) \
  --synth.seizures 0 --synth.administrations 40 --synth.companions false --synth.truth false --synth.only declarations,trade 2>"$work/log" ||
  { cat "$work/log" >&2; exit 1; }
file() { echo "$work/csv/$1-$2.csv"; }

# run CASE RANKS THREADS JOB ARGUMENTS...: one timed run; "case job wall cpu" goes to the record.
run()
{
  local case=$1 ranks=$2 threads=$3 job=$4
  shift 4
  local start end
  local before after
  children before
  start=$(date +%s%N)
  mpirun --oversubscribe --bind-to core -n "$ranks" --map-by "slot:PE=$threads" "$tarifa" "$job" "$@" --run.threads "$threads" >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; exit 1; }
  end=$(date +%s%N)
  children after
  awk -v c="$case" -v j="$job" -v w=$((end - start)) -v a="$after" -v b="$before" 'BEGIN { print c, j, w / 1e9, a - b }' >>"$work/record"
}
# children NAME: sets it to the processor seconds of all children so far, user and system. Not in a subshell, which has none.
children()
{
  times >"$work/times"
  printf -v "$1" %s "$(awk 'NR == 2 { split($1, u, /[ms]/); split($2, s, /[ms]/); print u[1] * 60 + u[2] + s[1] * 60 + s[2] }' "$work/times")"
}

# both CASE RANKS THREADS YEAR...: ingest of those years, then mirror.
both()
{
  local case=$1 ranks=$2 threads=$3
  shift 3
  rm -rf "$work/archive" "$work/mirror.h5"*
  local declarations=() trade=()
  for year in "$@"; do declarations+=("$(file declarations "$year")"); trade+=("$(file trade-imports "$year")" "$(file trade-exports "$year")"); done
  run "$case" "$ranks" "$threads" ingest --ingest.source "$sources/synth-declarations.ini" "${declarations[@]}" --ingest.archive "$work/archive"
  mpirun --oversubscribe -n "$ranks" "$tarifa" ingest --ingest.source "$sources/synth-trade.ini" "${trade[@]}" --ingest.archive "$work/archive" >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; exit 1; }
  run "$case" "$ranks" "$threads" mirror --mirror.archive "$work/archive" --run.output "$work/mirror.h5"
}

both warm 1 1 2020
: >"$work/record"
for ((i = 0; i < repeats; i++)); do
  both one 1 1 2020
  both ranks 2 1 2020 2021
  both threads 1 2 2020 2021
done
"$tarifa" version >&2
sort "$work/record" | awk -v repeats="$repeats" '
  { key = $2 " " $1; wall[key] = wall[key] " " $3; cpu[key] = cpu[key] " " $4 }
  function median(text,   n, v, i, j, t) { n = split(text, v, " "); for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j] + 0 < v[j - 1] + 0; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t } return v[int((n + 1) / 2)] }
  END {
    for (k = split("ingest mirror", jobs, " "); k > 0; k--) {
      j = jobs[k]
      w1 = median(wall[j " one"]); w2 = median(wall[j " ranks"]); wt = median(wall[j " threads"]); c1 = median(cpu[j " one"]); c2 = median(cpu[j " ranks"])
      printf "%s, medians of %d: 1 rank %.3f s (CPU %.3f), 2 ranks with twice the rows %.3f s (CPU %.3f), 1 rank x 2 threads with twice the rows %.3f s\n", j, repeats, w1, c1, w2, c2, wt
      printf "  efficiency: CPU %.2f, wall %.2f; 2 x 1 against 1 x 2: %+.0f %%\n", 2 * c1 / c2, w1 / w2, 100 * (w2 / wt - 1)
    }
  }'
