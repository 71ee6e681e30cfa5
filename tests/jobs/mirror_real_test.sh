#!/bin/sh
# tarifa mirror by its own methods on real trade: freight model, reconciliation and causes, the same bytes on any ranks and threads.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
trade=$SHARED/data/trade/comtrade_fish_hs6_annual_2000_2024.csv.gz
[ -e "$trade" ] || { echo "skipped: no real data at $trade"; exit 77; }
# shellcheck source=tests/jobs/on_ranks.sh
. "$here/on_ranks.sh"
ingest() { run 2 1 ingest --ingest.source "$SOURCE/configs/sources/$1.ini" --ingest.archive "$work/archive" "$2"; }
gzip -dc "$trade" | awk -F, 'NR == 1 || ($1 >= 2014 && $1 <= 2016)' > "$work/trade.csv"
ingest trade-comtrade-annual "$work/trade.csv"
ingest distances-cepii "$SHARED/data/geo/cepii_dist.csv.gz"
ingest countries-cepii "$SHARED/data/geo/cepii_geo.csv"

mirror() # ranks, threads, name
{
  run "$1" "$2" mirror --mirror.archive "$work/archive" --run.output "$work/$3.h5" \
    --mirror.fob freight --mirror.reconcile likelihood --mirror.causes true
}
mirror 1 2 one
grep -q "learnt from [0-9][0-9]* flows with CIF and FOB values; [1-9][0-9]* more were filled in with a constant; [1-9][0-9]* cells have both" "$work/log" ||
  { cat "$work/log"; fail "does not say what the freight model learnt from"; }
mirror 3 1 other
cmp "$work/one.h5" "$work/other.h5" || fail "bytes differ on 3 ranks"
/usr/bin/python3 - "$work/one.h5" <<'PY' || fail "the cells"
import sys

import h5py
import numpy as np

with h5py.File(sys.argv[1]) as file:
    cells = {name: data[()] for name, data in file["cells"].items()}
    reported = int(file.attrs["freight_reported_cells"])
ratio, low, high = (cells[name] for name in ("cif_fob_ratio", "cif_fob_ratio_low", "cif_fob_ratio_high"))
imported = cells["import_value"] > 0
print(f"{len(ratio)} cells, {reported} with both values; ratio: median {np.median(ratio[imported]):.4f}, "
      f"median interval {np.median(low[imported]):.4f} to {np.median(high[imported]):.4f}")
known = imported & (low == high)
assert known.sum() >= reported > 500
modelled = imported & (low < high)
assert modelled.sum() > 10_000
assert np.all((low[modelled] <= ratio[modelled]) & (ratio[modelled] <= high[modelled]))
assert 1.02 < np.median(ratio[modelled]) < 1.2 and np.all(ratio[modelled] >= 1)
# Rounding to a stored unit shows in small values only.
large = cells["import_value"] > 1_000_000
assert np.all(np.abs(cells["import_value_fob"][large] * ratio[large] / cells["import_value"][large] - 1) < 1e-6)
PY
echo "passed"
