"""Every cell and every total of a mirror result, recomputed from the CSV files with whole numbers and fractions.

usage: mirror_test.py FOLDER-OF-THE-EXPORT HS-DIGITS RATIO-IN-MILLIONTHS TRADE.csv...
"""
import csv
import sys
from collections import defaultdict
from fractions import Fraction

MILS = 1000
STATUS = ["both", "import only", "export only"]
TOTALS = {"by_exporter": 1, "by_importer": 2, "by_product": 0, "by_period": 3, "total": None}


def whole(text, scale):
    """A decimal text in units of 10^-scale; the text has no more places than that."""
    number = Fraction(text) * 10**scale
    assert number.denominator == 1, text
    return number.numerator


def mirror_cells(records, digits, ratio_ppm):
    """Cells by (hs, exporter, importer, period) from (period, flow, reporter, partner, hs, value, weight or None)."""
    sides = defaultdict(lambda: {"M": [], "X": []})
    for period, flow, reporter, partner, hs, value, weight in records:
        pair = (partner, reporter) if flow == "M" else (reporter, partner)
        if flow in ("M", "X"):
            sides[(hs[:digits], *pair, period)][flow].append((value, weight))
    cells = {}
    for key, side in sorted(sides.items()):
        imports, exports = (sum(value for value, _ in side[flow]) for flow in "MX")
        # Python rounds a fraction half to even.
        fob = round(Fraction(imports * 10**6, ratio_ppm))
        cell = {
            "status": "both" if side["M"] and side["X"] else "import only" if side["M"] else "export only",
            "import_records": len(side["M"]),
            "export_records": len(side["X"]),
            "import_value": imports,
            "export_value": exports,
            "import_value_fob": fob,
            "asymmetry": fob - exports,
            "relative_asymmetry": (fob - exports) / (fob + exports) if fob + exports else 0.0,
            "weight_status": sum(bit for bit, flow in ((1, "M"), (2, "X")) if any(w is None for _, w in side[flow])),
        }
        for name, flow in (("import", "M"), ("export", "X")):
            weight = sum(w for _, w in side[flow] if w is not None)
            known = side[flow] and weight > 0 and all(w is not None for _, w in side[flow])
            cell[name + "_weight"] = weight
            cell[name + "_unit_value"] = cell[name + "_value"] / weight / MILS if known else None
        cells[key] = cell
    return cells


def total_of(cells):
    both = [cell for cell in cells if cell["status"] == "both"]
    total = {"cells_" + name.replace(" ", "_"): sum(cell["status"] == name for cell in cells) for name in STATUS}
    for name in ("import_records", "export_records", "import_value", "export_value", "import_value_fob", "asymmetry"):
        total[name] = sum(cell[name] for cell in cells)
    total["two_sided_import_fob"] = sum(cell["import_value_fob"] for cell in both)
    total["two_sided_export"] = sum(cell["export_value"] for cell in both)
    total["two_sided_absolute"] = sum(abs(cell["asymmetry"]) for cell in both)
    return total


def is_money(name):
    return name.startswith("two_sided") or name.endswith(("value", "fob", "asymmetry"))


def compare_cells(folder, cells):
    with open(f"{folder}/cells.csv", newline="") as file:
        found = list(csv.DictReader(file))
    assert len(found) == len(cells), (len(found), len(cells))
    for row, (key, cell) in zip(found, cells.items()):
        assert (row.pop("hs"), row.pop("exporter"), row.pop("importer"), row.pop("period")) == key, (row, key)
        assert set(row) == set(cell), set(row) ^ set(cell)
        for name, expected in cell.items():
            text = row[name]
            if name == "status":
                same = text == expected
            elif isinstance(expected, float) or expected is None:
                same = text == "" if expected is None else float(text) == expected
            else:
                same = whole(text, 3 if is_money(name) else 0) == expected
            assert same, (key, name, text, expected)


def compare_totals(folder, cells):
    for table, position in TOTALS.items():
        groups = defaultdict(list)
        for key, cell in cells.items():
            groups["0" if position is None else key[position]].append(cell)
        with open(f"{folder}/{table}.csv", newline="") as file:
            found = list(csv.reader(file))
        header, rows = found[0], found[1:]
        assert [row[0] for row in rows] == sorted(groups), table
        for row in rows:
            expected = total_of(groups[row[0]])
            shown = {name: text for name, text in zip(header[1:], row[1:]) if not name.endswith("_display")}
            assert {name: whole(text, 3 if is_money(name) else 0) for name, text in shown.items()} == expected, row
            for name, text in zip(header, row):
                if name.endswith("_display"):
                    assert float(text) == expected[name[: -len("_display")]] / MILS, (table, row[0], name)


def synth_records(paths):
    for path in paths:
        with open(path, newline="") as file:
            for row in csv.DictReader(file):
                weight = int(row["net_kg"]) if row["net_kg"] else None
                yield (row["period"], row["flow"], row["reporter"], row["partner"], row["hs6"],
                       whole(row["value_usd"], 3), weight)


def main():
    folder, digits, ratio_ppm = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    cells = mirror_cells(synth_records(sys.argv[4:]), digits, ratio_ppm)
    assert all(any(cell["status"] == status for cell in cells.values()) for status in STATUS)
    compare_cells(folder, cells)
    compare_totals(folder, cells)
    print(f"{folder}: {len(cells)} cells are as recomputed")


if __name__ == "__main__":
    main()
