#!/bin/sh
# tarifa synth: the same bytes on any ranks and threads, sound arithmetic, and clean failures.
set -eu
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $1" >&2; exit 1; }
world() # folder, ranks, threads, further options
{
  folder=$1 ranks=$2 threads=$3
  shift 3
  $MPIRUN -n "$ranks" "$TARIFA" synth --synth.folder "$work/$folder" --run.threads "$threads" --synth.first-year 2021 \
    --synth.years 2 --synth.declarations 150001 --synth.administrations 40 --synth.exports 140001 --synth.invoices 140003 --synth.trade 60001 --synth.seizures 20001 --synth.travellers 20001 --synth.consignments 20001 --synth.broken-share 0.01 \
    "$@" 2> "$work/log" || { cat "$work/log"; fail "synth on $ranks ranks x $threads threads"; }
  (cd "$work/$folder" && sha256sum -- * > "$work/$folder.sums")
  rm -rf "${work:?}/$folder.data" && mv "$work/$folder" "$work/$folder.data"
}

world base 1 1
ls "$work/base.data" | grep -q partial && fail "partial files are left"
[ "$(wc -l < "$work/base.sums")" -eq 75 ] || fail "75 files expected: $(cat "$work/base.sums")"
stat -c %a "$work/base.data/truth-seizures-2021.h5" | grep -qx 600 || fail "others may read the truth"
for shape in "1 2" "2 1" "2 2" "3 1" "3 2"; do
  # shellcheck disable=SC2086
  world other $shape
  cmp "$work/base.sums" "$work/other.sums" || fail "bytes differ on $shape (ranks threads)"
done
world other 2 1 --run.seed 2
awk 'NR==FNR { sum[$2] = $1; next } $2 ~ /csv/ && $2 !~ /planted|countries|distances|office-hours/ && sum[$2] == $1 { exit 1 }' \
  "$work/base.sums" "$work/other.sums" || fail "another seed gave the same file"

# The pieces of a world, made one by one, are the whole.
for year in 2021 2022; do
  world piece 1 1 --synth.year $year --synth.only reference,tariff,actors,declarations,refunds,invoices,seizures,travel,journeys
  cat "$work/piece.sums" >> "$work/pieces.sums"
done
for year in 2022 2021; do
  world piece 2 1 --synth.year $year --synth.only trade
  cat "$work/piece.sums" >> "$work/pieces.sums"
done
sort -k2 "$work/pieces.sums" | diff "$work/base.sums" - || fail "the pieces are not the whole"

# Faults are planted in the number of rows the key says, and no row is lost: one line per row and the header.
lines=$(cat "$work/base.data"/declarations-*.csv | wc -l)
[ "$lines" -eq 150003 ] || fail "$lines lines of declarations"
planted=$(awk -F, 'FNR > 1 { n += $2 } END { print n }' "$work/base.data"/planted-faults-*.csv)
broken=$(cat "$work/base.data"/declarations-*.csv | awk -F, '
  FNR > 1 || NR > 1 {
    bad = NF != 27 || $0 == before || $23 !~ /^[0-9]+\.[0-9][0-9]$/ || $3 ~ /-02-30/ || $11 !~ /^[0-9]+$/ ||
          $4 == "" || $5 ~ /"/ || $17 + 0 > $16 + 0
    if ($1 != "declaration_id" && bad) n++
    before = $0
  } END { print n }')
[ "$planted" -eq "$broken" ] || fail "$planted faults planted, $broken rows look broken"

# Arithmetic of the sound rows, in integers; what specific duties come to is held against the tariff elsewhere.
for year in 2021 2022; do
  paste -d, "$work/base.data/declarations-$year.csv" "$work/base.data/taxes-$year.csv"
done | awk -F, '
  function units(text) { gsub(/\./, "", text); return text + 0 }
  NF == 37 && $1 == $28 && $2 == $29 && $1 != "declaration_id" && $23 ~ /^[0-9.]+$/ && $17 + 0 <= $16 + 0 {
    rows++
    if (units($23) != units($20) + units($21) + units($22)) { print "customs value: " $0; exit 1 }
    if (units($36) != units($33) + units($34) + units($35) || $25 != $33) { print "taxes: " $0; exit 1 }
    if ($32 ~ /free|ad-valorem|seasonal/ && units($25) != int((units($23) * units($24) + 500) / 1000)) { print "duty: " $0; exit 1 }
    cells[$4 $9 $11 $27]
  } END { n = 0; for (c in cells) n++; print rows, n > "/dev/stderr"; if (rows < 147000 || n < 0.8 * rows) exit 1 }' \
  || fail "the arithmetic of the rows, or the number of cells"

# The tariff file is the law the declarations go by: rate and kind of what asks for neither preference nor relief, and the importer is registered.
for year in 2021 2022; do
  paste -d, "$work/base.data/declarations-$year.csv" "$work/base.data/taxes-$year.csv" | awk -F, '
    FILENAME ~ /tariff/ { law[$1 FS $2 FS $3] = $5 FS $6 FS $7 FS $8 FS $9; next }
    FILENAME ~ /importers/ { known[$1 FS $2]; next }
    NF == 37 && $1 == $28 && $2 == $29 && $1 != "declaration_id" && $4 != "" && $11 ~ /^[0-9]+$/ && $3 !~ /-02-30/ {
      if (!($6 FS $4 in known)) { print "importer: " $0; exit 1 }
      key = $4 FS $11 FS substr($3, 1, 4)
      if (substr($3, 6) >= "07-01" && (key "-07-01") in law) split(law[key "-07-01"], l, FS)
      else if ((key "-01-01") in law) split(law[key "-01-01"], l, FS)
      else { print "no line: " $0; exit 1 }
      month = substr($3, 6, 2) + 0
      rate = l[1] == "seasonal" && (month < l[4] || month > l[5]) ? l[3] : l[2]
      if ($30 == "" && $31 == "" && (l[1] != $32 || rate != $24)) { print "law " l[1] " " rate ": " $0; exit 1 }
      rows += $30 == "" && $31 == ""
    } END { if (rows < 40000) { print rows " rows"; exit 1 } }' \
    "$work/base.data/tariff-$year.csv" "$work/base.data/importers-$year.csv" - || fail "declarations and tariff disagree in $year"
done

# Whoever a declaration names is registered on its day, at an address that is listed; numbers are given once.
for year in 2021 2022; do
  (cd "$work/base.data" && awk -F, '
    FNR == 1 { file++; next }
    file == 1 { if ($1 in listed) { print "twice: " $0; exit 1 } listed[$1]; next }
    file < 7 {
      address = file == 6 ? $10 : $5
      if ($1 in entry || !(address in listed)) { print "register: " $0; exit 1 }
      entry[$1] = $3; leaves[$1] = $4; used[address]
      next
    }
    NF == 27 && $3 !~ /-02-30/ && $1 != "declaration_id" {
      for (i = 6; i <= 8; i++) {
        if (i == 6 && $5 ~ /"/) continue
        if (!($i in entry) || entry[$i] > $3 || (leaves[$i] != "" && leaves[$i] <= $3)) { print $i ": " $0; exit 1 }
      }
      rows++
    } END { for (a in listed) if (!(a in used)) { print "nobody at " a; exit 1 }; if (rows < 70000) { print rows " rows"; exit 1 } }' \
    addresses-$year.csv brokers-$year.csv forwarders-$year.csv warehouses-$year.csv exporters-$year.csv importers-$year.csv \
    declarations-$year.csv) || fail "the registers of $year"
done

# An inspection belongs to a declaration of its file, stands in their order, and is logged with its chances.
for year in 2021 2022; do
  awk -F, '
    FNR == 1 { file++; next }
    file == 1 { lodged[$1]; next }
    NF != 15 || !($1 in lodged) || $1 <= last || $2 > $10 || $7 <= 0 || $7 > 1 || $8 < 0 || $8 > 1 ||
      ($6 == "") != ($8 == 0) || ($11 == "conform") != ($13 == 0) || $14 < 0 { print; exit 1 }
    { last = $1; n[$5]++; late += substr($10, 1, 4) > $15 }
    END { if (n["random"] < 300 || n["rule"] < 500 || n["officer"] < 500 || late < 10) { print n["random"], n["rule"], n["officer"], late; exit 1 } }' \
    "$work/base.data/taxes-$year.csv" "$work/base.data/inspections-$year.csv" || fail "the inspections of $year"
done

# Every declaration is released: in the channel of its inspection, accepted on its date, checked by the day of the result, and released before
# what was found is known only against security. The source says the order of the steps; no row breaks it.
for year in 2021 2022; do
  awk -F, '
    FNR == 1 { file++; next }
    file == 1 { lodged[$1]; next }
    file == 2 { gsub(/-/, "", $2); gsub(/-/, "", $10); day[$1] = $2; what[$1] = $9; known[$1] = $10; found[$1] = $13; next }
    { lane = what[$1] == "" ? "green" : what[$1] == "papers" ? "yellow" : "red"; end = lane == "red" ? $16 : $12 }
    NF != 21 || !($1 in lodged) || $1 <= last || $5 != lane || (lane == "green") != ($12 == "") || (lane == "red") == ($16 == "") { print; exit 1 }
    lane != "green" && (substr($10, 1, 8) != day[$1] || substr(end, 1, 8) > known[$1]) { print; exit 1 }
    $19 != (lane != "green" && found[$1] > 0 && substr($18, 1, 8) < known[$1]) { print "security: " $0; exit 1 }
    { last = $1; delete lodged[$1]; n[lane]++ }
    END { left = 0; for (d in lodged) left++; if (left || n["yellow"] < 500 || n["red"] < 500) { print left, n["yellow"], n["red"]; exit 1 } }' \
    "$work/base.data/taxes-$year.csv" "$work/base.data/inspections-$year.csv" "$work/base.data/releases-$year.csv" || fail "the releases of $year"
done
for table in releases exports-refund invoices; do
  "$TARIFA" ingest --check --ingest.source "$SOURCE/configs/sources/synth-$table.ini" "$work/base.data/$table"-*.csv > "$work/out" 2> "$work/log" \
    && grep -Eq "^rejected +0 +0" "$work/out" && grep -Eq "^duplicate +0 +0" "$work/out" || fail "$table that ingest rejects: $(cat "$work/out" "$work/log")"
done
for truth in refunds invoices; do
  stat -c %a "$work/base.data/truth-$truth-2021.h5" | grep -qx 600 || fail "others may read the truth of $truth"
done

# Zero rows of everything are whole files with a header.
$MPIRUN -n 2 "$TARIFA" synth --synth.folder "$work/empty" --synth.declarations 0 --synth.exports 0 --synth.invoices 0 --synth.trade 0 --synth.seizures 0 --synth.travellers 0 --synth.consignments 0 \
  --synth.years 1 2> /dev/null || fail "an empty world"
[ "$(cat "$work/empty"/declarations-* "$work/empty"/taxes-* "$work/empty"/inspections-* "$work/empty"/releases-* "$work/empty"/amendments-* "$work/empty"/exports-refund-* "$work/empty"/invoices-* "$work/empty"/trade-* "$work/empty"/seizures-* \
  "$work/empty"/flights-* "$work/empty"/passengers-* "$work/empty"/legs-* | wc -l)" -eq 14 ] || fail "an empty world has fourteen headers"

# A world without truth has none, of any table.
"$TARIFA" synth --synth.folder "$work/plain" --synth.truth false --synth.declarations 100 --synth.trade 100 --synth.seizures 100 --synth.travellers 100 --synth.consignments 100 \
  --synth.years 1 2> "$work/log" || fail "a world without truth: $(cat "$work/log")"
[ -z "$(ls "$work/plain" | grep truth)" ] || fail "truth that nobody wanted: $(ls "$work/plain")"

# A finished world is left alone, and not overwritten unasked.
"$TARIFA" synth --synth.folder "$work/empty" --synth.declarations 0 --synth.exports 0 --synth.invoices 0 --synth.trade 0 --synth.seizures 0 --synth.travellers 0 --synth.consignments 0 \
  --synth.years 1 2> "$work/log" || fail "a finished world is no reason to fail: $(cat "$work/log")"
grep -q "nothing to do" "$work/log" || fail "nobody says that nothing was done"
code=0
"$TARIFA" synth --synth.folder "$work/empty" --synth.declarations 0 --synth.exports 0 --synth.invoices 0 --synth.trade 0 --synth.seizures 0 --synth.travellers 0 --synth.consignments 0 \
  --synth.years 1 --run.seed 2 2> "$work/log" || code=$?
[ "$code" -eq 2 ] && grep -q exists "$work/log" || fail "overwriting: code $code: $(cat "$work/log")"
"$TARIFA" synth --redo --synth.folder "$work/empty" --synth.declarations 0 --synth.exports 0 --synth.invoices 0 --synth.trade 0 --synth.seizures 0 --synth.travellers 0 --synth.consignments 0 \
  --synth.years 1 2> "$work/log" || fail "--redo: $(cat "$work/log")"

# More flows than the world has cells is a usage error; a folder that cannot be made and a full disk are storage faults.
code=0
$MPIRUN -n 2 "$TARIFA" synth --synth.folder "$work/x" --synth.years 1 --synth.trade 30000000 2> "$work/log" || code=$?
[ "$code" -eq 2 ] && grep -q "do not fit" "$work/log" || fail "too many flows: code $code: $(cat "$work/log")"
code=0
"$TARIFA" synth --synth.folder "$work/x" --synth.only declaration 2> "$work/log" || code=$?
[ "$code" -eq 2 ] && grep -q "Did you mean 'declarations'" "$work/log" || fail "unknown table: code $code: $(cat "$work/log")"
code=0
"$TARIFA" synth --synth.folder "$work/x" --synth.year 2030 2> "$work/log" || code=$?
[ "$code" -eq 2 ] && grep -q "2019 to 2021" "$work/log" || fail "unknown year: code $code: $(cat "$work/log")"
echo > "$work/file"
code=0
$MPIRUN -n 2 "$TARIFA" synth --synth.folder "$work/file/x" 2> "$work/log" || code=$?
[ "$code" -eq 4 ] && grep -q "file/x" "$work/log" || fail "folder inside a file: code $code: $(cat "$work/log")"
# A limit on the size of files refuses the write as a full disk does. What is whole by then stays, and the run goes on from it.
for truth in false true; do
  code=0 first=declarations-2019.csv
  [ $truth = false ] || first=truth-declarations-2019.h5
  full=$work/full-$truth
  (trap '' XFSZ; ulimit -f 16384; "$TARIFA" synth --synth.folder "$full" --synth.years 1 --synth.declarations 200000 \
    --synth.truth $truth 2> "$work/log") || code=$?
  [ "$code" -eq 4 ] && grep -q "$first.partial: .*File too large" "$work/log" || fail "full disk: code $code: $(cat "$work/log")"
  [ -z "$(ls "$full" | grep -e declarations -e partial)" ] || fail "a refused write left $(ls "$full")"
  "$TARIFA" synth --synth.folder "$full" --synth.years 1 --synth.declarations 200000 --synth.truth $truth 2> "$work/log" \
    || fail "does not go on when there is room: $(cat "$work/log")"
  grep -q "goes on from" "$work/log" || fail "begins anew when there is room"
done
echo ok
