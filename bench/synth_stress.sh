#!/usr/bin/env bash
# Three pieces of the billion-row world at generating speed: made on one rank and on several, the digests compared, the files deleted. Outside of the
# tests, since it takes minutes and as much free space as one piece: 8 GB.
#
#   bench/synth_stress.sh [FOLDER [YEAR...]]         tarifa on the path or in $TARIFA; options of synth in $SYNTH_OPTIONS
set -euo pipefail
folder=${1:-$(mktemp -d)}
shift || true
years=("${@:-}")
[ -n "${years[0]}" ] || years=(2005 2014 2024)
tarifa=${TARIFA:-tarifa}
cores=$(getconf _NPROCESSORS_ONLN)
read -r -a more <<<"${SYNTH_OPTIONS:-}"

# piece RANKS THREADS YEAR: the digest of the piece; its speed goes to standard error.
piece()
{
  local start end rows
  start=$(date +%s.%N)
  mpirun --oversubscribe --bind-to none -n "$1" "$tarifa" synth --synth.preset stress --synth.only declarations --synth.year "$3" \
    --synth.folder "$folder/piece" --run.threads "$2" "${more[@]}" 2>"$folder/log" || { cat "$folder/log" >&2; return 1; }
  end=$(date +%s.%N)
  rows=$(($(wc -l <"$folder/piece/declarations-$3.csv") - 1))
  awk -v rows="$rows" -v s="$(echo "$end - $start" | bc)" -v cores="$cores" -v what="$3 on $1 x $2" -v peak="$(sed -n 's/.*done\. .*peak \([^ ]* [KMG]iB\).*/\1/p' "$folder/log")" \
    'BEGIN { printf "%s: %d rows in %.1f s, %.0f rows a second, %.0f for each of %d cores, %s per rank\n", what, rows, s, rows / s, rows / s / cores, cores, peak }' >&2
  sha256sum <"$folder/piece/declarations-$3.csv"
  rm -r "$folder/piece"
}

mkdir -p "$folder"
for year in "${years[@]}"; do
  one=$(piece 1 "$cores" "$year")
  several=$(piece "$cores" 1 "$year")
  [ "$one" = "$several" ] || { echo "FAILED: $year: one rank and $cores ranks give other bytes" >&2; exit 1; }
  echo "$year: the same bytes, ${one%% *}"
done
rm -f "$folder/log"
