#!/bin/sh
# The archive, its manifests and rejects, the mirror result and its export are the same bytes on any ranks and threads.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/jobs/on_ranks.sh
. "$here/on_ranks.sh"
ingest() # ranks, threads, archive, source, files
{
  ranks=$1 threads=$2 archive=$3 source=$4
  shift 4
  run "$ranks" "$threads" ingest --ingest.source "$SOURCE/configs/sources/synth-$source.ini" \
    --ingest.archive "$archive" --ingest.shard-rows 4096 --ingest.block-size 1MiB "$@"
}
world() # folder, ranks, threads
{
  ingest "$2" "$3" "$1/archive" declarations "$work"/synth/declarations-*.csv
  ingest "$2" "$3" "$1/archive" trade "$work"/synth/trade-*.csv
  ingest "$2" "$3" "$1/archive" seizures "$work"/synth/seizures-*.csv
  run "$2" "$3" mirror --mirror.archive "$1/archive" --run.output "$1/mirror.h5"
  run "$2" "$3" export "$1/mirror.h5" --export.folder "$1/tables"
  # What differs by design stands here alone: ranks, threads, hosts, times.
  rm -r "$1"/*.run.json "$1/archive.runs"
}

run 2 1 synth --synth.folder "$work/synth" --synth.first-year 2021 --synth.years 2 --synth.declarations 60000 \
  --synth.trade 20000 --synth.seizures 500 --synth.broken-share 0.01
world "$work/base" 1 1
# A comparison of nothing would pass: the base must hold what it is meant to compare.
[ "$(find "$work/base" -name 'part-*.h5' | wc -l)" -eq 6 ] || fail "six parts expected"
[ "$(find "$work/base" -name '*.json' | wc -l)" -eq 3 ] || fail "three manifests expected"
[ "$(wc -l < "$work/base/archive/declarations/rejects/v0001.csv")" -gt 300 ] || fail "rejects expected"
[ "$(wc -l < "$work/base/tables/cells.csv")" -gt 20000 ] || fail "more than 20000 cells expected"
shards=$(h5ls -v "$(find "$work/base/archive/declarations/2021" -name 'part-0000.h5')/index/chunks" | head -2)
case $shards in *", 8/8, 7/7}"*) ;; *) fail "eight shards a part expected: $shards" ;; esac

for shape in "1 2" "2 1" "2 2" "3 1" "3 2" "4 1" "4 2"; do
  # shellcheck disable=SC2086
  world "$work/other" $shape
  diff -r "$work/base" "$work/other" || fail "bytes differ on $shape (ranks threads)"
  rm -rf "$work/other"
done

# Rejects have their digest in the manifest.
verify_finds() # TEXT
{
  code=0
  $MPIRUN -n 2 "$TARIFA" verify "$work/base/archive" > "$work/out" 2> "$work/log" || code=$?
  [ "$code" = 4 ] || fail "verify gave $code ($1)"
  grep -q "/declarations/rejects/v0001.csv: $1" "$work/out" || { cat "$work/out"; fail "no '$1'"; }
}
rejects=$work/base/archive/declarations/rejects/v0001.csv
cp "$rejects" "$work/kept.csv"
"$TARIFA" verify "$work/base/archive" > "$work/out" 2> "$work/log" || fail "verify finds something in a whole archive"
sed -i '100s/[0-9]/x/' "$rejects"
verify_finds "digest is"
sed -i '100d' "$rejects"
verify_finds "has .* bytes, but the manifest has"
rm "$rejects"
verify_finds "the file is missing"
cp "$work/kept.csv" "$rejects"

# The budget of memory decides how the work is cut, never what comes out.
run 2 2 mirror --mirror.archive "$work/base/archive" --run.output "$work/small.h5" --run.memory 16MiB
cmp "$work/base/mirror.h5" "$work/small.h5" || fail "bytes differ with little memory"
echo "passed"
