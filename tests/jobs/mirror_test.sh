#!/bin/sh
# tarifa mirror: known cells by hand, and a synthetic world against a plain reimplementation.
set -eu
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
# Every file is synced to its device: in memory that costs nothing.
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $1" >&2; exit 1; }
run() # job and options
{
  $MPIRUN -n 2 "$TARIFA" "$@" > "$work/log" 2>&1 || { cat "$work/log" >&2; fail "$*"; }
}
mirror() # name, archive, options: cells.csv of the run in $work/name
{
  name=$1 archive=$2
  shift 2
  run mirror --mirror.archive "$archive" --run.output "$work/$name.h5" "$@"
  cp "$work/log" "$work/mirror.log"
  run export "$work/$name.h5" --export.folder "$work/$name"
}
expect() # name, file: the cells are the lines of the standard input
{
  cat > "$work/expected"
  sed 1d "$work/$1/cells.csv" > "$work/found"
  diff -u "$work/expected" "$work/found" || fail "$2"
}

cat > "$work/tiny.ini" <<'INI'
[source]
table = trade
partition = year(period)
duplicates = none

[column period]
kind = integer
mandatory = true

[column flow]
kind = code
mandatory = true

[column reporter]
kind = code
mandatory = true

[column partner]
kind = code
mandatory = true

[column hs6]
kind = hs
digits = 6
mandatory = true

[column value]
kind = decimal
scale = 3
unit = USD
mandatory = true

[column net_weight]
kind = decimal
scale = 2
unit = kg
INI
# Cell by cell: AAA to BBB is seen by both, over two months and two records of the exporter, one without a weight;
# in 2022 the importer has none; to CCC it is the importer alone, to DDD the exporter alone; then zero on both sides;
# a weight of zero, a gap below zero; and flows that do not count.
cat > "$work/tiny.csv" <<'CSV'
period,flow,reporter,partner,hs6,value,net_weight
202101,M,BBB,AAA,030111,110,10
202102,M,BBB,AAA,030111,220,20.5
202101,X,AAA,BBB,030111,250,25
202101,X,AAA,BBB,030111,25,
202101,M,CCC,AAA,030111,1000.55,4
202103,X,AAA,DDD,030119,99.999,3
202104,M,AAA,BBB,030119,0,
202104,X,BBB,AAA,030119,0,1
202104,M,BBB,CCC,030200,11,0
202105,X,CCC,BBB,030200,20,2
202112,M,BBB,AAA,970110,33,1
202112,RM,BBB,AAA,030111,7777,7
202101,RX,AAA,BBB,030111,8888,8
202101,DX,AAA,BBB,970110,9999,9
202201,X,AAA,BBB,030111,5,1
202201,M,BBB,AAA,030111,2.2,
CSV
run ingest --ingest.source "$work/tiny.ini" --ingest.archive "$work/tiny" --ingest.shard-rows 4 "$work/tiny.csv"

mirror years "$work/tiny"
head -1 "$work/years/cells.csv" | grep -qx 'hs,exporter,importer,period,status,import_records,export_records,import_value,export_value,import_value_fob,asymmetry,relative_asymmetry,import_weight,export_weight,weight_status,import_unit_value,export_unit_value' \
  || fail "the columns of the cells"
for name in import export; do
  grep -q "^${name}_unit_value,USD/kg,$name value / weight; NaN unless" "$work/years/cells.columns.csv" || fail "the unit of ${name}_unit_value"
done
expect years "years at HS6" <<'CELLS'
030111,AAA,BBB,2021,both,2,2,330.000,275.000,300.000,25.000,0.043478260869565216,30.50,25.00,2,10.819672131147541,
030111,AAA,BBB,2022,both,1,1,2.200,5.000,2.000,-3.000,-0.42857142857142855,0.00,1.00,1,,5
030111,AAA,CCC,2021,import only,1,0,1000.550,0.000,909.591,909.591,1,4.00,0.00,0,250.1375,
030119,AAA,DDD,2021,export only,0,1,0.000,99.999,0.000,-99.999,-1,0.00,3.00,0,,33.333
030119,BBB,AAA,2021,both,1,1,0.000,0.000,0.000,0.000,0,0.00,1.00,1,,0
030200,CCC,BBB,2021,both,1,1,11.000,20.000,10.000,-10.000,-0.3333333333333333,0.00,2.00,0,,10
970110,AAA,BBB,2021,import only,1,0,33.000,0.000,30.000,30.000,1,1.00,0.00,0,33,
CELLS
sed 1d "$work/years/total.csv" | cut -d, -f1-7,9,11,13,15,17,19 > "$work/found"
echo "0,4,2,1,7,6,1376.750,399.999,1251.591,851.592,312.000,300.000,38.000" | diff -u - "$work/found" || fail "the total"

grep -q "mirror: 16 rows: 13 in cells, 3 left out" "$work/mirror.log" || { cat "$work/mirror.log"; fail "the rows"; }

mirror months "$work/tiny" --mirror.period as-reported --mirror.partitions 2021
cut -d, -f1-11 "$work/months/cells.csv" > "$work/cut" && mv "$work/cut" "$work/months/cells.csv"
expect months "months at HS6" <<'CELLS'
030111,AAA,BBB,202101,both,1,2,110.000,275.000,100.000,-175.000
030111,AAA,BBB,202102,import only,1,0,220.000,0.000,200.000,200.000
030111,AAA,CCC,202101,import only,1,0,1000.550,0.000,909.591,909.591
030119,AAA,DDD,202103,export only,0,1,0.000,99.999,0.000,-99.999
030119,BBB,AAA,202104,both,1,1,0.000,0.000,0.000,0.000
030200,CCC,BBB,202104,import only,1,0,11.000,0.000,10.000,10.000
030200,CCC,BBB,202105,export only,0,1,0.000,20.000,0.000,-20.000
970110,AAA,BBB,202112,import only,1,0,33.000,0.000,30.000,30.000
CELLS

mirror later "$work/tiny" --mirror.first-year 2022
expect later "from 2022" <<'CELLS'
030111,AAA,BBB,2022,both,1,1,2.200,5.000,2.000,-3.000,-0.42857142857142855,0.00,1.00,1,,5
CELLS
mirror earlier "$work/tiny" --mirror.period as-reported --mirror.last-year 2021
cut -d, -f1-11 "$work/earlier/cells.csv" | diff -u "$work/months/cells.csv" - || fail "up to 2021, as the partition of 2021"

for digits in 4 2; do
  mirror "hs$digits" "$work/tiny" --mirror.hs-digits "$digits" --mirror.partitions 2021
  cut -d, -f1-11 "$work/hs$digits/cells.csv" > "$work/cut" && mv "$work/cut" "$work/hs$digits/cells.csv"
done
expect hs4 "years at HS4" <<'CELLS'
0301,AAA,BBB,2021,both,2,2,330.000,275.000,300.000,25.000
0301,AAA,CCC,2021,import only,1,0,1000.550,0.000,909.591,909.591
0301,AAA,DDD,2021,export only,0,1,0.000,99.999,0.000,-99.999
0301,BBB,AAA,2021,both,1,1,0.000,0.000,0.000,0.000
0302,CCC,BBB,2021,both,1,1,11.000,20.000,10.000,-10.000
9701,AAA,BBB,2021,import only,1,0,33.000,0.000,30.000,30.000
CELLS
expect hs2 "years at HS2" <<'CELLS'
03,AAA,BBB,2021,both,2,2,330.000,275.000,300.000,25.000
03,AAA,CCC,2021,import only,1,0,1000.550,0.000,909.591,909.591
03,AAA,DDD,2021,export only,0,1,0.000,99.999,0.000,-99.999
03,BBB,AAA,2021,both,1,1,0.000,0.000,0.000,0.000
03,CCC,BBB,2021,both,1,1,11.000,20.000,10.000,-10.000
97,AAA,BBB,2021,import only,1,0,33.000,0.000,30.000,30.000
CELLS

# Another ratio, and re-exports that count when asked.
mirror ratio "$work/tiny" --mirror.cif-fob-ratio 2 --mirror.import-flows M,RM --mirror.export-flows X,RX,DX \
  --mirror.partitions 2021
cut -d, -f1-11 "$work/ratio/cells.csv" > "$work/cut" && mv "$work/cut" "$work/ratio/cells.csv"
expect ratio "ratio 2 with re-exports" <<'CELLS'
030111,AAA,BBB,2021,both,3,3,8107.000,9163.000,4053.500,-5109.500
030111,AAA,CCC,2021,import only,1,0,1000.550,0.000,500.275,500.275
030119,AAA,DDD,2021,export only,0,1,0.000,99.999,0.000,-99.999
030119,BBB,AAA,2021,both,1,1,0.000,0.000,0.000,0.000
030200,CCC,BBB,2021,both,1,1,11.000,20.000,5.500,-14.500
970110,AAA,BBB,2021,both,1,1,33.000,9999.000,16.500,-9982.500
CELLS
# Half a mil goes to the even one.
cat > "$work/half.csv" <<'CSV'
period,flow,reporter,partner,hs6,value,net_weight
2021,M,BBB,AAA,010101,0.001,1
2021,M,BBB,AAA,010102,0.003,1
2021,M,BBB,AAA,010103,0.005,1
CSV
run ingest --ingest.source "$work/tiny.ini" --ingest.archive "$work/half" "$work/half.csv"
mirror half "$work/half" --mirror.cif-fob-ratio 2
cut -d, -f1,8,10 "$work/half/cells.csv" > "$work/cut" && mv "$work/cut" "$work/half/cells.csv"
expect half "half to even" <<'CELLS'
010101,0.001,0.000
010102,0.003,0.002
010103,0.005,0.002
CELLS

# No rows at all, and no row that counts, are whole results.
head -1 "$work/tiny.csv" > "$work/empty.csv"
grep -e period -e ',RX,' "$work/tiny.csv" > "$work/reexports.csv"
for name in empty reexports; do
  run ingest --ingest.source "$work/tiny.ini" --ingest.archive "$work/$name.archive" "$work/$name.csv"
  mirror "$name" "$work/$name.archive"
  [ "$(wc -l < "$work/$name/cells.csv")" -eq 1 ] || fail "$name: a header alone expected"
done

for name in empty reexports; do
  run mirror --mirror.archive "$work/$name.archive" --run.output "$work/$name-again.h5"
  grep -q "the result is empty: table trade has no row that counts" "$work/log" || fail "$name: nobody says that the result is empty"
done

# What is not in the table is refused, and nothing is left.
refused() # text, options
{
  text=$1 code=0
  shift
  $MPIRUN -n 2 "$TARIFA" mirror --mirror.archive "$work/tiny" --run.output "$work/none.h5" "$@" > "$work/log" 2>&1 || code=$?
  [ "$code" -eq 2 ] && grep -qF "$text" "$work/log" || fail "$*: $code: $(cat "$work/log")"
  ls "$work" | grep none.h5 && fail "$* left something"
  return 0
}
refused "no row has flow 'm' (import-flows); the table has DX, M, RM, RX, X" --mirror.import-flows m
refused "no row has flow 'Z' (export-flows)" --mirror.export-flows X,Z
refused "no row is of the years 2030 to 9999 (first-year, last-year); the table has 2021 to 2022" --mirror.first-year 2030
refused "no row is of the years 0 to 2020" --mirror.last-year 2020
refused "has no partition '2018'" --mirror.partitions 2018

cp -r "$work/tiny" "$work/two"
sed 's/,110,/,111,/' "$work/tiny.csv" > "$work/second.csv"
run ingest --ingest.source "$work/tiny.ini" --ingest.archive "$work/two" "$work/second.csv"
mv "$work/tiny" "$work/one" && mv "$work/two" "$work/tiny"
refused "has no vintage 'v1' (as-of); there are: v0001, v0002" --mirror.as-of v1
refused "has no vintage 'v0003' (as-of)" --mirror.as-of v0003
code=0
"$TARIFA" describe "$work/tiny" --describe.as-of v1 > "$work/log" 2>&1 || code=$?
[ "$code" -eq 2 ] && grep -q "has no vintage 'v1' (as-of); there are: v0001, v0002" "$work/log" || fail "describe as of v1: $code"
mirror first "$work/tiny" --mirror.as-of v0001
grep -q "mirror: as of v0001 table trade has: v0001$" "$work/mirror.log" || fail "not told which vintages count"
cmp "$work/first/cells.csv" "$work/years/cells.csv" || fail "as of the first vintage"

# An export is not overwritten unasked: nothing is touched, --redo replaces it, and another table beside it is no harm.
echo "mine" > "$work/half/by_product.csv"
code=0
"$TARIFA" export "$work/half.h5" --export.folder "$work/half" --export.tables by_exporter,by_product 2> "$work/log" || code=$?
[ "$code" -eq 2 ] && grep -q "half/by_exporter.csv exists; .*--redo" "$work/log" || fail "overwriting: $code: $(cat "$work/log")"
rm "$work/half"/by_exporter.*
"$TARIFA" export "$work/half.h5" --export.folder "$work/half" --export.tables by_exporter,by_product 2> "$work/log" && fail "overwritten"
[ ! -e "$work/half/by_exporter.csv" ] && [ "$(cat "$work/half/by_product.csv")" = mine ] || fail "a refused export wrote"
run export "$work/half.h5" --export.folder "$work/half" --export.tables by_exporter
run export --redo "$work/half.h5" --export.folder "$work/half"
grep -q "^010101," "$work/half/by_product.csv" || fail "--redo did not replace the table"

# What is no result is refused in plain words, and nothing is left.
part=$(find "$work/tiny" -name 'part-0000.h5' 2> /dev/null | head -1)
python3 -c 'import h5py, sys; h5py.File(sys.argv[1], "w").create_group("cells")' "$work/foreign.h5" 2> /dev/null || rm -f "$work/foreign.h5"
for case in "$part: is a part of an archive, not a result; see tarifa describe" "$work/foreign.h5: is no result of tarifa"; do
  [ -e "${case%%: *}" ] || { echo "not tested: ${case#*: } (no h5py)"; continue; }
  code=0
  "$TARIFA" export "${case%%: *}" --export.folder "$work/none" > "$work/log" 2>&1 || code=$?
  [ "$code" -eq 2 ] && grep -qF "$case" "$work/log" && ! grep -q "HDF5\|link" "$work/log" || fail "export of $case: $code: $(cat "$work/log")"
  ls -a "$work" | grep '^none' && fail "export of $case left something"
done

run synth --synth.folder "$work/synth" --synth.first-year 2021 --synth.years 2 --synth.declarations 0 \
  --synth.trade 20000 --synth.seizures 0
run ingest --ingest.source "$SOURCE/configs/sources/synth-trade.ini" --ingest.archive "$work/archive" \
  --ingest.shard-rows 4096 "$work"/synth/trade-*.csv
mirror world "$work/archive"
mirror world2 "$work/archive" --mirror.hs-digits 2 --mirror.cif-fob-ratio 1.065

# Few cells with many records: ranges of keys are as small as a cell, on any number of ranks.
awk 'BEGIN { print "period,flow,reporter,partner,hs6,value,net_weight"
  for (i = 0; i < 60000; ++i) print "202101," (i % 2 ? "M,AAA,BBB" : "X,BBB,AAA") ",03011" i % 19 % 5 "," i % 97 ",1" }' > "$work/few.csv"
run ingest --ingest.source "$work/tiny.ini" --ingest.archive "$work/few" --ingest.shard-rows 4096 "$work/few.csv"
for ranks in 1 3 5 7; do
  $MPIRUN -n $ranks "$TARIFA" mirror --mirror.archive "$work/few" --run.output "$work/few-$ranks.h5" > "$work/log" 2>&1 \
    || fail "few cells on $ranks ranks: $(cat "$work/log")"
  grep -q " 5 cells: 5 seen by both sides" "$work/log" || fail "few cells on $ranks ranks: $(cat "$work/log")"
  cmp "$work/few-1.h5" "$work/few-$ranks.h5" || fail "few cells: other bytes on $ranks ranks"
done

# A limit on the size of files stands in for a full disk [512 or 1024 bytes, by shell]. The whole result has 2.7 MB.
for limit in 8 400 2000; do
  code=0
  (ulimit -f "$limit"; OMPI_MCA_btl=self "$TARIFA" mirror --mirror.archive "$work/archive" --run.output "$work/full.h5") \
    > "$work/log" 2>&1 || code=$?
  [ "$code" -eq 4 ] && [ "$(grep -c -v '^\[' "$work/log")" -eq 1 ] && grep -q "^tarifa mirror: .*full.h5.*File too large" "$work/log" \
    || fail "full disk at $limit: $code: $(cat "$work/log")"
  ls "$work" | grep full.h5 && fail "a full disk left something"
done

here=$(dirname "$0")
export PYTHONDONTWRITEBYTECODE=1
python3 "$here/mirror_test.py" "$work/world" 6 1100000 "$work"/synth/trade-*.csv || fail "the synthetic world at HS6"
python3 "$here/mirror_test.py" "$work/world2" 2 1065000 "$work"/synth/trade-*.csv || fail "the synthetic world at HS2"
echo "passed"
