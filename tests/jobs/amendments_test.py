#!/usr/bin/python3
"""What counts after declarations and their later versions were ingested, worked out row by row.

amendments_test.py WORLD ARCHIVE    the rows that count in the archive are the last versions in the CSV files of the world
"""
import csv
import glob
import json
import sys


def cents(text):
    whole, _, places = text.partition(".")
    return int(whole) * 100 + int(places)


def last_versions(world):
    last = {}
    for path in sorted(glob.glob(world + "/declarations-*.csv")) + sorted(glob.glob(world + "/amendments-*.csv")):
        for row in csv.DictReader(open(path)):
            key = row["declaration_id"], row["item"]
            version = int(row.get("version") or 1)
            assert key in last or version == 1 or row["changed"] == "item", f"version of nothing: {row}"
            assert version != 1 or key not in last
            if key not in last or version > last[key][0]:
                last[key] = version, cents(row["customs_value_usd"])
    return last


world, archive = sys.argv[1:]
last = last_versions(world)
rows = value = 0
for path in sorted(glob.glob(archive + "/declarations/manifests/*.json")):
    manifest = json.load(open(path))
    sheet = manifest["balance"]["total"]
    rows += sheet["kept"]["records"] - sheet["earlier_superseded"]["records"]
    value += int(manifest["value"]["kept"]) - int(manifest["value"]["superseded"])
expected = len(last), sum(v for _, v in last.values())
assert (rows, value) == expected, f"{rows} rows and {value} cents count, {expected} expected"
amended = sum(version > 1 for version, _ in last.values())
assert amended > 0.02 * len(last), f"only {amended} of {len(last)} items were amended"
