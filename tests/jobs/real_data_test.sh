#!/bin/sh
# Real deliveries: every record is kept or explained, and the totals are those of an independent count.
set -eu
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
export PYTHONDONTWRITEBYTECODE=1
# Every file is synced to its device: in memory that costs nothing.
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
python=/usr/bin/python3
here=$(dirname "$0")
data=${SHARED:-}/data
[ -d "$data" ] || { echo "SKIPPED: no real deliveries in '$data' (set SHARED to their folder)"; exit 77; }
$python -c 'import h5py, numpy' 2> /dev/null || { echo "SKIPPED: $python has no h5py"; exit 77; }
command -v zstdcat > /dev/null || { echo "SKIPPED: zstdcat is absent"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $1" >&2; exit 1; }
run() # name of the output, job and options
{
  name=$1
  shift
  $MPIRUN -n 2 "$TARIFA" "$@" > "$work/$name.out" 2> "$work/log" || { cat "$work/$name.out" "$work/log" >&2; fail "$*"; }
}
ingest() # archive, source, files
{
  archive=$1 source=$2
  shift 2
  run "$archive" ingest --ingest.source "$SOURCE/configs/sources/$source.ini" --ingest.archive "$work/$archive" "$@"
  sheets=$(grep -c '^difference' "$work/$archive.out")
  [ "$sheets" -ge 1 ] && [ "$(grep -c 'balance ok$' "$work/$archive.out")" -eq "$sheets" ] || fail "$archive: balance"
}
check() # what, arguments
{
  $python "$here/real_data_test.py" "$@" || fail "$1"
}

ingest monthly trade-comtrade-monthly "$data/trade/comtrade_fish_hs6_monthly_2000_2024.csv.zst"
check rows "$work/monthly/trade" 5052238
check flows "$work/monthly/trade" "$data/trade/comtrade_fish_hs6_monthly_2000_2024.csv.zst" flow_code primary_value
rm -rf "$work/monthly"

ingest annual trade-comtrade-annual "$data/trade/comtrade_fish_hs6_annual_2000_2024.csv.gz"
check rows "$work/annual/trade" 833337
check flows "$work/annual/trade" "$data/trade/comtrade_fish_hs6_annual_2000_2024.csv.gz" flowCode primaryValue
run mirror mirror --mirror.archive "$work/annual" --run.output "$work/mirror.h5"
check mirror "$work/mirror.h5" 185444 229785 220478 "$data/trade/comtrade_fish_hs6_annual_2000_2024.csv.gz"

ingest kcs declarations-kcs "$data/fraud/kcs_declarations_train.csv.gz" "$data/fraud/kcs_declarations_valid.csv.gz"
check rows "$work/kcs/declarations" 37385 8134

# The second delivery of the same months comes as a vintage of its own below; here each month is delivered once.
cbp=$data/seizures/cbp/nationwide-drugs
ingest cbp seizures-cbp "$cbp-fy19-fy22.csv.gz" "$cbp-fy23-fy26-apr.csv.gz"
check rows "$work/cbp/seizures" 10092 8673
check cbp "$work/cbp/seizures" "$data/reference/seizures/cbp_total_by_fy.csv" "$cbp-fy19-fy22.csv.gz" \
  "$cbp-fy23-fy26-apr.csv.gz"
ingest cbp_december seizures-cbp "$cbp-fy19-fy22.csv.gz" "$cbp-fy23-fy26-dec.csv.gz"
check rows "$work/cbp_december/seizures" 10092 7895
check cbp "$work/cbp_december/seizures" none "$cbp-fy19-fy22.csv.gz" "$cbp-fy23-fy26-dec.csv.gz"
ingest amo seizures-cbp-amo "$data/seizures/cbp/amo-drug-seizures-fy19-fy22.csv.gz" \
  "$data/seizures/cbp/amo-drug-seizures-fy23-fy26-dec.csv.gz"
check rows "$work/amo/seizures_amo" 1772 1292

ingest routes seizures-routes "$data/seizures/routes/tot.csv"
check rows "$work/routes/seizures" 773
check counts "$work/routes/seizures" year category "$data/reference/seizures/routes_year_category.csv"

ingest lemis seizures-lemis "$data/seizures/lemis/amphibian_LEMIS_1999_and_2015.csv.gz" \
  "$data/seizures/lemis/amphibian_LEMIS_2016_to_2021.csv.gz"
check rows "$work/lemis/seizures" 7823 16366
check counts "$work/lemis/seizures" disposition_year disposition "$data/reference/seizures/lemis_year_disposition.csv"
echo "passed"
