#!/bin/sh
# tarifa explain: the records behind a cell, against awk over the delivered CSV; the same bytes on any ranks; and what is refused.
set -eu
export LC_ALL=C OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
# Every file is synced to its device: in memory that costs nothing.
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() { echo "FAILED: $1" >&2; exit 1; }
run() # job and options
{
  "$TARIFA" "$@" > log 2>&1 || { cat log >&2; fail "$*"; }
}
explain() # options: the table in the file out
{
  "$TARIFA" explain mirror.h5 "$@" > out 2> log || { cat log >&2; fail "explain $*"; }
}
launch=
refused() # exit code, text, options; on one rank, or as $launch says
{
  expected=$1 text=$2 code=0
  shift 2
  $launch "$TARIFA" explain "$@" > out 2> log || code=$?
  [ "$code" -eq "$expected" ] && grep -qF "$text" log || fail "explain $*: $code: $(cat log)"
  [ ! -s out ] || fail "explain $*: something that looks fine is printed"
}

run synth --synth.folder synth --synth.first-year 2021 --synth.years 2 --synth.declarations 0 --synth.trade 20000 --synth.seizures 0
run ingest --ingest.source "$SOURCE/configs/sources/synth-trade.ini" --ingest.archive archive --ingest.shard-rows 12288 synth/trade-*.csv
run mirror --mirror.archive archive --run.output mirror.h5

# Every record with its place: one part for each year, rows in the order of the files. Largest value first, then by place.
awk -F, 'FNR > 1 { row = rows[$1]++
  if ($4 == "M" || $4 == "X")
    print ($4 == "M" ? "importer" : "exporter"), $2, $3, $4, $5, $1, $6, ($7 == "" ? "-" : $7), $1, "v0001", 0, row }' \
  synth/trade-*.csv | sort -k7,7nr -k9,9 -k12,12n > records
expect_rows() # what it is, awk condition on the fields of records, e exporter and i importer: the list in the file out
{
  awk '{ e = $1 == "importer" ? $3 : $2; i = $1 == "importer" ? $2 : $3 } '"$2" records > expected
  [ -s expected ] || fail "$1: the test has no such record"
  sed -n '/^  reported by  reporter/,/^$/p' out | sed 1d | sed 's/^ *//; s/,//g; s/  */ /g; /^$/d' > found
  diff expected found > differences || fail "$1: $(head -5 differences)"
}
expect() # the same, and the sums
{
  expect_rows "$1" "$2"
  awk '{ ++n[$1]; v[$1] += $7 * 1000; w[$1] += $8; none[$1] += $8 == "-" }
    END { for (s in n) printf "%s %d %.0f %d %d\n", s, n[s], v[s], w[s], none[s] }' expected | sort > expected.sums
  sed -n '/^  reported by  records/,/^  both/p' out | sed '1d; $d; s/^ *//; s/[,.]//g; s/  */ /g' | awk '$2 > 0 { print $1, $2, $3, $4, $5 }' \
    | sort > found.sums
  diff expected.sums found.sums > differences || fail "$1: sums: $(cat differences)"
}
explain --explain.cell exporter=NOR --explain.limit 1000000
expect "one exporter" 'e == "NOR"'
explain --explain.cell period=2021,importer=DEU --explain.limit 1000000
expect "one importer and year" 'i == "DEU" && $6 == 2021'
explain --explain.cell period=2022 --explain.limit 1000000
expect "one year" '$6 == 2022'

# The largest gap that both sides reported.
explain --explain.top 3 --explain.both-sided true
[ "$(grep -c '  both  ' out)" -eq 3 ] || fail "three cells: $(cat out)"
cell=$(sed -n 's/^Open the first: .* --explain.cell //p' out)
awk -F, 'FNR > 1 && ($4 == "M" || $4 == "X") { k = "hs=" $5 ",exporter=" ($4 == "M" ? $3 : $2) ",importer=" ($4 == "M" ? $2 : $3) ",period=" $1
    if ($4 == "M") m[k] += $6; else x[k] += $6 }
  END { for (k in m) if (k in x) { gap = m[k] / 1.1 - x[k]; print (gap < 0 ? -gap : gap), k } }' synth/trade-*.csv \
  | sort -k1,1gr | head -3 | cut -d' ' -f2 > expected
awk '$1 ~ /^[0-9]+$/ { print "hs=" $4 ",exporter=" $2 ",importer=" $3 ",period=" $5 }' out | diff expected - || fail "the largest gaps"
explain --explain.cell "$cell"
[ "$(grep -Ec '^  (importer|exporter) +[A-Z]{3} ' out)" -eq 2 ] || fail "the cell of the largest gap: $(cat out)"
cp out first.out

# The same bytes on any ranks and threads; a short list is the beginning of a long one.
for job in "--explain.cell exporter=NOR --explain.limit 7" "--explain.top 12"; do
  explain $job
  for ranks in 1 2 3; do
    OMP_NUM_THREADS=$((4 - ranks)) $MPIRUN -n $ranks "$TARIFA" explain mirror.h5 $job > out.ranks 2> log || fail "$job on $ranks ranks: $(cat log)"
    cmp out out.ranks || fail "$job: other bytes on $ranks ranks"
  done
done
explain --explain.cell exporter=NOR --explain.limit 0
grep -q "^  and [0-9,]* records more, of smaller or equal value" out || fail "what is not listed is counted: $(cat out)"

# Fingerprints of sets without a common record add up.
fingerprint() { awk -v side="$1" '$1 == side && /[0-9a-f]{32}$/ { print $NF }' out; }
sum=""
for year in 2021 2022; do
  explain --explain.cell period=$year --explain.limit 0
  sum="$sum $(fingerprint importer) $(fingerprint exporter)"
done
run mirror --mirror.archive archive --run.output hs2.h5 --mirror.hs-digits 2
"$TARIFA" explain hs2.h5 --explain.cell exporter=NOR --explain.limit 0 > out 2> log || fail "all of Norway: $(cat log)"
python3 -c 'import sys; all, *parts = (int(n, 16) for n in sys.argv[1:]); sys.exit(sum(parts) % 2**128 != all)' "$(fingerprint both)" $(
  for year in 2021 2022; do
    "$TARIFA" explain hs2.h5 --explain.cell exporter=NOR,period=$year --explain.limit 0 > out 2> log
    fingerprint importer
    fingerprint exporter
  done) || fail "the fingerprints of two years and sides do not add up"
[ "$(echo $sum | tr ' ' '\n' | sort -u | wc -l)" -eq 4 ] || fail "sets that differ have one fingerprint"

# Slips, one of them found by one rank for all.
launch="$MPIRUN -n 2"
refused 2 "With the other keys there is period 2021, 2022" mirror.h5 --explain.cell exporter=NOR,period=2023
launch=
refused 2 "is not KEY=VALUE with one of the keys hs, exporter, importer, period. Did you mean 'exporter'?" mirror.h5 --explain.cell exporer=NOR
refused 2 "no country of mirror.h5 is 'NRO' (exporter). Did you mean " mirror.h5 --explain.cell exporter=NRO
refused 2 "products of mirror.h5 have 6 digits" mirror.h5 --explain.cell hs=0302
refused 2 "a period is a number" mirror.h5 --explain.cell period=now
refused 2 "has importer more than once" mirror.h5 --explain.cell importer=DEU,importer=NOR
refused 2 "no cell given" mirror.h5
refused 2 "has importer=DEU,period=2031" mirror.h5 --explain.cell importer=DEU,period=2031
refused 2 "is a part of an archive, not a result" archive/trade/2021/v0001/part-0000.h5 --explain.top 3
refused 4 "none.h5: no such result file" none.h5 --explain.top 3

# Other levels: products of two digits, as of a vintage when another has come since.
run mirror --mirror.archive archive --run.output year.h5 --mirror.hs-digits 2 --mirror.partitions 2021
"$TARIFA" explain year.h5 --explain.cell exporter=NOR,hs=93 --explain.limit 1000000 > out 2> log || fail "hs2: $(cat log)"
expect "two digits of one year" 'e == "NOR" && $5 ~ /^93/ && $6 == 2021'
{ head -1 synth/trade-imports-2021.csv; grep -m 1 ',NOR,M,' synth/trade-imports-2021.csv | awk -F, -v OFS=, '{ $6 = 1; print }'; } > second.csv
run ingest --ingest.source "$SOURCE/configs/sources/synth-trade.ini" --ingest.archive archive second.csv
refused 2 "table trade of archive is not what mirror.h5 was made of" mirror.h5 --explain.cell "$cell"
grep -q "with vintages v0001, v0002, .*--explain.as-of" log || fail "what to do: $(cat log)"
explain --explain.cell "$cell" --explain.as-of v0001
cmp out first.out || fail "as of the first vintage"
cp mirror.h5 old.h5
run mirror --redo --mirror.archive archive --run.output mirror.h5
explain --explain.cell exporter=NOR --explain.limit 1000000
changed=$(sed -n 2p second.csv | cut -d, -f2,5)
grep -Eq "^  importer +${changed%,*} +NOR +M +${changed#*,} +2021 +1\.000 .* v0002 +0 +0$" out || fail "the row of the second vintage: $(cat out)"
[ "$(grep -Ec "^  importer +${changed%,*} +NOR +M +${changed#*,} +2021 " out)" -eq 1 ] || fail "the row that it supersedes is listed"
# What stands behind a superseded row keeps its place.
awk -v r="${changed%,*}" -v p="${changed#*,}" '!($2 == r && $3 == "NOR" && $5 == p && $6 == 2021)' records > records.left
mv records.left records
sed -i '/ v0002 /d' out
expect_rows "records of the first vintage" 'e == "NOR"'

# A result that says something else than the records: nothing is shown.
value=$(sed -n 's/^  exporter  *[0-9]*  *\([0-9,.]*\) .*/\1/p' first.out | tr -d ,.)
python3 -c 'import sys; n = int(sys.argv[1]); old = open("old.h5", "rb").read(); new = old.replace(n.to_bytes(8, "little"), (n + 1).to_bytes(8, "little"))
assert old != new; open("changed.h5", "wb").write(new)' "$value"
refused 3 "the records of archive do not give the figures of changed.h5 ($cell)" changed.h5 --explain.as-of v0001 --explain.cell "$cell"
sed 's/^import-flows = M$/import-flows = X/' old.h5 > damaged.h5
refused 4 "damaged.h5: damaged: attribute " damaged.h5 --explain.as-of v0001 --explain.cell "$cell"
echo "passed"
