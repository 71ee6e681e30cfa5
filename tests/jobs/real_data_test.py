"""Archives and results of real deliveries against counts made here from the delivered files, in whole numbers.

usage: real_data_test.py rows TABLE-FOLDER RECORDS-OF-FILE...
       real_data_test.py flows TABLE-FOLDER FILE FLOW-FIELD VALUE-FIELD
       real_data_test.py mirror RESULT.h5 BOTH IMPORT-ONLY EXPORT-ONLY FILE
       real_data_test.py cbp TABLE-FOLDER REFERENCE.csv|none FILE...
       real_data_test.py counts TABLE-FOLDER COLUMN COLUMN REFERENCE.csv
"""
import csv
import gzip
import io
import json
import subprocess
import sys
from collections import Counter, defaultdict
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path

import h5py
import numpy

RATIO_PPM = 1_100_000


def open_text(path):
    if path.endswith(".zst"):
        return io.TextIOWrapper(subprocess.Popen(["zstdcat", path], stdout=subprocess.PIPE).stdout, encoding="utf-8")
    return gzip.open(path, "rt", encoding="utf-8", newline="")


def mils(text):
    """A money text in thousandths."""
    whole, _, digits = text.partition(".")
    if len(digits) <= 3 and whole.isdigit():
        return int(whole + digits.ljust(3, "0"))
    return int((Decimal(text) * 1000).to_integral_value(ROUND_HALF_EVEN))


def parts(folder):
    for path in sorted(Path(folder).glob("*/*/part-*.h5")):
        with h5py.File(path) as part:
            yield part


def column(part, name):
    """Values of a column, labels in place of codes, None where missing."""
    values = part["columns"][name][()].tolist()
    if name in part["dictionaries"]:
        labels = [label.decode() for label in part["dictionaries"][name][()]]
        values = [labels[value] if value < len(labels) else None for value in values]
    if name in part["validity"]:
        values = [value if valid else None for value, valid in zip(values, part["validity"][name][()])]
    return values


def rows(folder, *records):
    """Every record of every file is kept: the balance says so, and the parts hold them."""
    manifest = json.loads((Path(folder) / "manifests" / "v0001.json").read_text())
    files = manifest["balance"]["files"]
    assert [file["read"]["records"] for file in files] == [int(n) for n in records], files
    for file in files:
        assert file["kept"]["records"] == file["read"]["records"] and not file.get("rejected"), file
        bytes_of = {name: tally["bytes"] for name, tally in file.items() if isinstance(tally, dict)}
        assert bytes_of.pop("read") == sum(bytes_of.values()), file
    assert not list(Path(folder).glob("rejects/*")), "rejects of a delivery without any"
    total = sum(int(n) for n in records)
    assert manifest["rows"] == total
    assert sum(len(part["columns"]["record_offset"]) for part in parts(folder)) == total
    print(f"{folder}: {total} rows, all kept")


def flows(folder, path, flow_field, value_field):
    counted, summed = Counter(), Counter()
    with open_text(path) as file:
        header = file.readline().rstrip("\n").split(",")
        flow_at, value_at, fields = header.index(flow_field), header.index(value_field), len(header)
        for line in file:
            row = line.rstrip("\n").split(",")
            assert len(row) == fields, line
            counted[row[flow_at]] += 1
            summed[row[flow_at]] += mils(row[value_at])
    archived, values = Counter(), Counter()
    for part in parts(folder):
        codes, value = part["columns"]["flow"][()], part["columns"]["value"][()]
        for code, label in enumerate(part["dictionaries"]["flow"][()]):
            archived[label.decode()] += int((codes == code).sum())
            values[label.decode()] += int(value[codes == code].sum())
    # A label of the dictionary may have no row in a part.
    assert +archived == +counted, (archived, counted)
    assert +values == +summed, (values, summed)
    balance = json.loads((Path(folder) / "manifests" / "v0001.json").read_text())["balance"]["total"]
    assert int(balance["kept"]["value"]) == sum(summed.values()), balance
    print(f"{folder}: {dict(counted)} rows, {sum(summed.values())} mils")


def mirror(path, both, import_only, export_only, trade):
    sums = defaultdict(lambda: [0, 0, 0, 0])
    with open_text(trade) as file:
        for row in csv.DictReader(file):
            side = {"M": 0, "X": 1}.get(row["flowCode"])
            if side is not None:
                pair = (row["reporterISO3"], row["partnerISO3"])
                cell = sums[(row["cmdCode"], *(pair if side else pair[::-1]), row["year"])]
                cell[side] += mils(row["primaryValue"])
                cell[2 + side] += 1
    expected = Counter()
    for imports, exports, import_records, export_records in sums.values():
        fob = round(Fraction(imports * 10**6, RATIO_PPM))
        status = "both" if import_records and export_records else "import_only" if import_records else "export_only"
        expected.update({"cells_" + status: 1, "import_records": import_records, "export_records": export_records,
                         "import_value": imports, "export_value": exports, "import_value_fob": fob,
                         "asymmetry": fob - exports})
        if status == "both":
            expected.update({"two_sided_import_fob": fob, "two_sided_export": exports,
                             "two_sided_absolute": abs(fob - exports)})
    cells = tuple(expected["cells_" + status] for status in ("both", "import_only", "export_only"))
    assert cells == (int(both), int(import_only), int(export_only)), cells
    with h5py.File(path) as file:
        for table in ("by_exporter", "by_importer", "by_product", "by_period", "total"):
            found = {name: int(file[table][name][()].sum()) for name in expected}
            assert found == dict(expected), (table, found, expected)
        columns = file["cells"]
        assert numpy.bincount(columns["status"][()], minlength=3).tolist() == list(cells)
        for name in ("import_value", "export_value", "import_value_fob", "asymmetry"):
            assert int(columns[name][()].sum()) == expected[name], name
    print(f"{path}: {cells} cells; five tables of totals add up")


def cbp(folder, reference, *paths):
    places = Decimal("1e-9")
    events, pounds, exact = Counter(), Counter(), Counter()
    for path in paths:
        with open_text(path) as file:
            for row in csv.DictReader(file):
                year = int(row["FY"][:4])
                quantity = Decimal(row["Sum Qty (lbs)"])
                events[year] += int(row["Count of Event"])
                exact[year] += quantity
                pounds[year] += int(quantity.quantize(places, ROUND_HALF_EVEN).scaleb(9))
    archived, weight = Counter(), Counter()
    for part in parts(folder):
        for year, n, quantity in zip(*(column(part, name) for name in ("fiscal_year", "events", "quantity_lb"))):
            archived[year] += n
            weight[year] += quantity
    assert archived == events, (archived, events)
    assert weight == pounds, (weight, pounds)
    # What rounding to nine decimals took away stands in the balance, to twelve more: nothing is lost.
    balance = json.loads((Path(folder) / "manifests" / "v0001.json").read_text())["balance"]["total"]
    kept, residual = Fraction(sum(weight.values()), 10**9), Fraction(int(balance["rounding"]), 10**21)
    assert kept + residual == Fraction(sum(exact.values())), (kept, residual, sum(exact.values()))
    if reference != "none":
        with open(reference, newline="") as file:
            expected = {int(row["fy"]): (int(row["events"]), Decimal(row["lbs"])) for row in csv.DictReader(file)}
        assert set(expected) == set(archived)
        for year, (n, total) in expected.items():
            assert archived[year] == n, (year, archived[year], n)
            # Six decimals of the exact sum, which in 2024 lies a hair above half a unit of the sixth.
            assert exact[year].quantize(Decimal("1e-6")) == total, (year, exact[year], total)
            assert abs(Decimal(weight[year]).scaleb(-9) - total) <= Decimal("0.5001e-6"), (year, weight[year], total)
    print(f"{folder}: {sum(archived.values())} events in {len(archived)} fiscal years")


def counts(folder, first, second, reference):
    found = Counter()
    for part in parts(folder):
        found.update(zip(column(part, first), column(part, second)))
    missing = sum(n for key, n in found.items() if None in key)
    with open(reference, newline="") as file:
        lines = list(csv.reader(file))[1:]
    expected = {(int(year), label): int(n) for year, label, n in lines}
    assert {key: n for key, n in found.items() if None not in key} == expected, (found, expected)
    print(f"{folder}: {sum(expected.values())} rows in {len(expected)} groups, {missing} without a group")


if __name__ == "__main__":
    {"rows": rows, "flows": flows, "mirror": mirror, "cbp": cbp, "counts": counts}[sys.argv[1]](*sys.argv[2:])
