#!/usr/bin/env python3
"""How near the trade of a synthetic world comes to real trade: one table, two columns.

usage: trade_realism.py WORLD [--data DIR]

WORLD  folder of `tarifa synth` with the tables reference and trade and their truth
--data folder of the real data, by default ../shared/data beside the repository; without it the column stays empty

Needs numpy and h5py. What is compared is said in docs/methods/synthetic-trade.md.
"""
import argparse
import csv
import gzip
import sys
from collections import Counter
from pathlib import Path

import h5py
import numpy as np

DECILES = np.arange(0.1, 0.95, 0.1)
KM_BANDS = [0, 1500, 4000, 8000, 12000, 21000]


def real_reports(data):
    """Reports of both sides by (year, exporter, importer, hs6), partners that are no country left out."""
    imports, exports = {}, {}
    with gzip.open(data / "trade/comtrade_fish_hs6_annual_2000_2024.csv.gz", "rt") as lines:
        for row in csv.DictReader(lines):
            reporter, partner = row["reporterISO3"], row["partnerISO3"]
            if partner == "W00":
                continue
            if row["flowCode"] == "M":
                imports[row["year"], partner, reporter, row["cmdCode"]] = float(row["primaryValue"])
            elif row["flowCode"] == "X":
                exports[row["year"], reporter, partner, row["cmdCode"]] = float(row["primaryValue"])
    return imports, exports


def synthetic_reports(world):
    imports, exports = {}, {}
    for path in sorted(world.glob("trade-*ports-*.csv")):
        if path.name.startswith("trade-re-exports"):
            continue
        with open(path) as lines:
            next(lines)
            for line in lines:
                year, reporter, partner, flow, hs6, value, _ = line.split(",", 6)
                if flow == "M":
                    imports[year, partner, reporter, hs6] = float(value)
                else:
                    exports[year, reporter, partner, hs6] = float(value)
    return imports, exports


def real_ratios(data):
    """CIF/FOB ratios of declarations that have both, FOB values and distances."""
    km = {}
    with gzip.open(data / "geo/cepii_dist.csv.gz", "rt") as lines:
        for row in csv.DictReader(lines):
            km[row["iso_o"].replace("ROM", "ROU"), row["iso_d"].replace("ROM", "ROU")] = float(row["dist"])
    ratio, fob, distance = [], [], []
    with gzip.open(data / "reference/mirror/cif_truth.csv.gz", "rt") as lines:
        for row in csv.DictReader(lines):
            # Romania's are one constant, imputed by the reporter.
            if row["imp"] != "ROU" and (row["exp"], row["imp"]) in km:
                ratio.append(float(row["r"]))
                fob.append(float(row["fob"]))
                distance.append(km[row["exp"], row["imp"]])
    return np.array(ratio), np.array(fob), np.array(distance)


def synthetic_ratios(world):
    km = {}
    with open(world / "distances.csv") as lines:
        for row in csv.DictReader(lines):
            km[row["country"], row["partner"]] = km[row["partner"], row["country"]] = float(row["distance_km"])
    ratios, fobs, distances = [], [], []
    for path in sorted(world.glob("truth-trade-*.h5")):
        with h5py.File(path) as truth:
            cells = truth["cells"]
            country = truth["labels/country"].asstr()[:]
            fob, freight = cells["fob_arrived"][:], cells["freight"][:]
            there = fob > 10_000  # ten dollars: below, whole thousandths of a dollar blur the ratio
            exporter, importer = country[cells["exporter"][:][there]], country[cells["importer"][:][there]]
            ratios.append(1 + freight[there] / fob[there])
            fobs.append(fob[there] / 1000)
            distances.append(np.array([km[pair] for pair in zip(exporter, importer)]))
    return np.concatenate(ratios), np.concatenate(fobs), np.concatenate(distances)


def zipf_exponent(reports, part, ranks):
    """Slope of log value on log rank over the largest `ranks`, sign turned."""
    total = Counter()
    for key, value in reports.items():
        total["|".join(key[i] for i in part)] += value
    sizes = np.sort(np.array(list(total.values())))[::-1][:ranks]
    return -np.polyfit(np.log(np.arange(1, len(sizes) + 1)), np.log(sizes), 1)[0]


def report_facts(imports, exports):
    both = imports.keys() & exports.keys()
    cells = len(imports) + len(exports) - len(both)
    years = {(key[0], key[1]) for key in exports}, {(key[0], key[2]) for key in imports}
    lone_imports = [key for key in imports if key not in both]
    lone_exports = [key for key in exports if key not in both]
    facts = {
        "cells both sides report": len(both) / cells,
        "cells the importer alone reports": len(lone_imports) / cells,
        "cells the exporter alone reports": len(lone_exports) / cells,
        "importer alone, though the exporter reports that year":
            np.mean([(key[0], key[1]) in years[0] for key in lone_imports]),
        "exporter alone, though the importer reports that year":
            np.mean([(key[0], key[2]) in years[1] for key in lone_exports]),
        "share of import value in cells of both sides":
            sum(imports[key] for key in both) / sum(imports.values()),
        "share of export value in cells of both sides":
            sum(exports[key] for key in both) / sum(exports.values()),
    }
    both = sorted(both)
    facts["what exports exceed imports by, cells of both sides, of all imports"] = (
        sum(max(0, exports[key] - imports[key]) for key in both) / sum(imports.values()))
    facts["what imports exceed exports by, cells of both sides, of all imports"] = (
        sum(max(0, imports[key] - exports[key]) for key in both) / sum(imports.values()))
    facts["exports of all imports"] = sum(exports.values()) / sum(imports.values())
    log_ratio = np.log([max(imports[key], 1) / max(exports[key], 1) for key in both])
    for quantile in (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95):
        facts[f"ln(M/X), quantile {quantile:.2f}"] = np.quantile(log_ratio, quantile)
    asymmetry = [abs(imports[k] - exports[k]) * 2 / (imports[k] + exports[k]) if imports[k] + exports[k] else 0 for k in both]
    for quantile in (0.25, 0.5, 0.75):
        facts[f"relative asymmetry of both sides, quantile {quantile:.2f}"] = np.quantile(asymmetry, quantile)
    for name, reports in (("imports", imports), ("exports", exports)):
        values = np.sort(np.array(list(reports.values())))[::-1]
        facts[f"share of the value of {name} in the top 1 % of cells"] = values[:len(values) // 100].sum() / values.sum()
        facts[f"share of the value of {name} in the top 10 % of cells"] = values[:len(values) // 10].sum() / values.sum()
    for quantile in (0.1, 0.5, 0.9, 0.99):
        facts[f"import value of a cell [USD], quantile {quantile:.2f}"] = np.quantile(values_of(imports), quantile)
    facts["Zipf exponent of importers, first 20"] = zipf_exponent(imports, [2], 20)
    facts["Zipf exponent of importers, first 40"] = zipf_exponent(imports, [2], 40)
    facts["Zipf exponent of exporters, first 40"] = zipf_exponent(exports, [1], 40)
    facts["Zipf exponent of pairs, first 100"] = zipf_exponent(imports, [1, 2], 100)
    facts["Zipf exponent of products, first 40"] = zipf_exponent(imports, [3], 40)
    return facts


def values_of(reports):
    return np.array(list(reports.values()))


def ratio_facts(ratio, fob, km):
    facts = {f"CIF/FOB, decile {round(10 * q)}": np.quantile(ratio, q) for q in DECILES}
    facts["CIF/FOB, of the sums"] = (ratio * fob).sum() / fob.sum()
    for least, most in zip(KM_BANDS, KM_BANDS[1:]):
        band = ratio[(km >= least) & (km < most)]
        for name, quantile in (("decile 1", 0.1), ("median", 0.5), ("decile 9", 0.9)):
            facts[f"CIF/FOB at {least:,} to {most:,} km, {name}"] = np.quantile(band, quantile) if len(band) else np.nan
    return facts


def facts_of(reports, ratios):
    return {**ratio_facts(*ratios), **report_facts(*reports)}


def shown(value):
    return "" if value is None else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"


def main():
    parser = argparse.ArgumentParser(usage="trade_realism.py WORLD [--data DIR]")
    parser.add_argument("world", type=Path)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared/data")
    options = parser.parse_args()
    synthetic = facts_of(synthetic_reports(options.world), synthetic_ratios(options.world))
    real = {}
    if options.data.is_dir():
        real = facts_of(real_reports(options.data), real_ratios(options.data))
    else:
        print(f"no real data in {options.data}: that column is empty", file=sys.stderr)
    print("| fact | real | synthetic |\n|---|---:|---:|")
    for name, value in synthetic.items():
        print(f"| {name} | {shown(real.get(name))} | {shown(value)} |")


if __name__ == "__main__":
    main()
