"""Archives and results read by h5py alone, compared with the delivered CSV read by Python's csv module.

usage: readers_test.py write FILE.csv
       readers_test.py archive SOURCE.ini TABLE-FOLDER SUMMARY FILE.csv...
       readers_test.py result MIRROR.h5 SUMMARY TRADE.csv...
       readers_test.py h5dump FILE.h5...

A summary has one line per part and column: sum of the stored whole numbers and count of missing values; for codes
the count of every label. R writes the same lines from its own reading.
"""
import configparser
import csv
import datetime
import random
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path

import h5py
import numpy

import mirror_test

EPOCH = datetime.date(1970, 1, 1)
PATTERNS = {"YYYY-MM-DD": "%Y-%m-%d", "DD/MM/YYYY": "%d/%m/%Y"}


def write(path):
    """Rows of every kind of column, one in five fields missing; a fixed seed, so that a failure comes again."""
    draw = random.Random(7)
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow("number wide amount flat label many product day released nothing".split())
        for row in range(6000):
            day = datetime.date(2020 + row % 2, 1, 1) + datetime.timedelta(draw.randrange(365))
            fields = [
                draw.randrange(-1000, 1000),
                draw.randrange(-9 * 10**18, 9 * 10**18),
                f"{draw.randrange(-10**12, 10**12) / 1000:.3f}",
                "12.50",
                draw.choice(["NA", "a, b", 'say "yes"', "Z\u00fcrich", "\u6771\u4eac"]),
                f"T{draw.randrange(3000)}",
                f"{draw.choice([10110, 30111, 970110, 999999])}",
                day.isoformat(),
                (day + datetime.timedelta(draw.randrange(-30000, 30000))).strftime("%d/%m/%Y"),
                "",
            ]
            keep = {7}
            out.writerow(field if at in keep or draw.random() > 0.2 else draw.choice(["", "n/a"])
                         for at, field in enumerate(fields))


def columns_of(source):
    ini = configparser.ConfigParser(delimiters="=", comment_prefixes=("#", ";"), interpolation=None)
    ini.read(source, encoding="utf-8")
    common = ini["source"].get("missing", "")
    columns = {}
    for section in ini.sections():
        if section.startswith("column "):
            name, column = section[len("column "):], dict(ini[section])
            column["header"] = column.get("names", name)
            column["marks"] = {""} | {mark.strip() for mark in column.get("missing", common).split(",")}
            columns[name] = column
    partition = ini["source"]["partition"]
    return columns, partition[len("year("):-1]


def stored(column, text):
    """What a field stands for: a label, or the whole number the archive keeps; None = missing."""
    kind = column["kind"]
    if text in column["marks"]:
        return None
    if kind == "code":
        return text
    if kind == "date":
        return (datetime.datetime.strptime(text, PATTERNS[column["format"]]).date() - EPOCH).days
    number = Fraction(text) * 10 ** int(column.get("scale", 0))
    assert number.denominator == 1, text
    return number.numerator


def delivered(columns, partition, paths):
    """Partition -> column -> values in the order of delivery."""
    tables = defaultdict(lambda: {name: [] for name in columns})
    for path in paths:
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                values = {name: stored(column, row[column["header"]]) for name, column in columns.items()}
                key = values[partition]
                if columns[partition]["kind"] == "date":
                    key = (EPOCH + datetime.timedelta(key)).year
                for name, value in values.items():
                    tables[str(key)][name].append(value)
    return tables


def read_column(part, name, column):
    data = part["columns"][name]
    assert data.attrs["kind"].decode() == column["kind"], name
    assert data.attrs["scale"] == int(column.get("scale", 0)), name
    assert data.attrs["digits"] == int(column.get("digits", 0)), name
    values = data[()].tolist()
    if column["kind"] == "code":
        labels = [label.decode() for label in part["dictionaries"][name][()]]
        assert labels == sorted(labels, key=str.encode) and len(labels) == len(set(labels)), name
        values = [labels[value] if value < len(labels) else None for value in values]
    if name in part["validity"]:
        valid = part["validity"][name][()]
        assert set(numpy.unique(valid)) <= {0, 1}, name
        values = [value if there else None for value, there in zip(values, valid)]
    return values


def archive(source, folder, summary, *paths):
    columns, partition = columns_of(source)
    tables = delivered(columns, partition, paths)
    lines = []
    folders = sorted(path for path in Path(folder).iterdir() if path.name not in ("manifests", "rejects"))
    assert [path.name for path in folders] == sorted(tables), folders
    for of_year in folders:
        expected, done = tables[of_year.name], 0
        for path in sorted(of_year.glob("*/part-*.h5")):
            with h5py.File(path) as part:
                rows = int(part.attrs["rows"])
                extra = set(part["columns"]) - set(columns)
                assert extra == {"record_file", "record_offset"}, extra
                for name, column in columns.items():
                    values = read_column(part, name, column)
                    wanted = expected[name][done:done + rows]
                    assert len(values) == rows, (path, name)
                    for row, (value, want) in enumerate(zip(values, wanted)):
                        assert value == want, f"{path} {name} row {row}: {value!r} instead of {want!r}"
                    lines += lines_of(f"{of_year.name} {path.name} {name}", wanted)
                done += rows
        assert done == len(expected[partition]), (of_year, done)
    Path(summary).write_text("\n".join(sorted(lines, key=str.encode)) + "\n", encoding="utf-8")
    print(f"{folder}: {sum(len(table[partition]) for table in tables.values())} rows x {len(columns)} columns")


def lines_of(name, values):
    missing = values.count(None)
    present = [value for value in values if value is not None]
    if present and isinstance(present[0], str):
        return [f"{name} missing {missing}"] + [f"{name} {label} {n}" for label, n in Counter(present).items()]
    # R has doubles: the sums of the upper and the lower digits are exact in both.
    return [f"{name} missing {missing}", f"{name} high {sum(value // 10**9 for value in present)}",
            f"{name} low {sum(value % 10**9 for value in present)}"]


def result(path, summary, *trade):
    cells = mirror_test.mirror_cells(mirror_test.synth_records(trade), 6, 1_100_000)
    lines = []
    with h5py.File(path) as file:
        table = file["cells"]
        assert table.attrs["rows"] == len(cells)
        keys = ("hs", "exporter", "importer", "period")
        expected = {name: [] for name in (*keys, *next(iter(cells.values())))}
        for key, cell in cells.items():
            for name, value in (*zip(keys, key), *cell.items()):
                expected[name].append(value)
        assert set(table) == set(expected), set(table) ^ set(expected)
        for name, wanted in expected.items():
            data = table[name]
            values = data[()].tolist()
            labels = data.attrs["labels"].decode().rstrip("\0")
            if labels:
                names = [label.decode() for label in file["labels"][labels][()]]
                values = [names[value] for value in values]
            elif name in keys:
                wanted = [int(value) for value in wanted]
            if data.dtype.kind == "f":
                scale = int(data.attrs["scale"])
                values = [None if numpy.isnan(value) else value / 10**scale for value in values]
            assert values == wanted, next(pair for pair in zip(values, wanted) if pair[0] != pair[1])
            if data.dtype.kind != "f":
                lines += lines_of(f"cells {name}", wanted)
            else:
                lines.append(f"cells {name} missing {values.count(None)}")
        for table in ("by_exporter", "by_importer", "by_product", "by_period", "total"):
            for name, wanted in mirror_test.total_of(cells.values()).items():
                assert int(file[table][name][()].sum()) == wanted, (table, name)
                lines += lines_of(f"{table} {name}", file[table][name][()].tolist())
    Path(summary).write_text("\n".join(sorted(lines, key=str.encode)) + "\n", encoding="utf-8")
    print(f"{path}: {len(cells)} cells x {len(expected)} columns")


def h5dump(*paths):
    for path in paths:
        with h5py.File(path) as file:
            names = []
            file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
            for name in names:
                data = file[name]
                # The numbers go to a file of their own; the standard output holds the description.
                with tempfile.NamedTemporaryFile("r") as numbers:
                    command = ["h5dump", "-y", "-w", "0", "-o", numbers.name, "-d", "/" + name, path]
                    done = subprocess.run(command, check=True, capture_output=True, text=True)
                    text = numbers.read()
                assert not done.stderr and text.strip(), (path, name, done.stderr)
                if data.dtype.kind in "iu":
                    found = [int(number) for number in text.replace(",", " ").split()]
                    assert found == data[()].ravel().tolist(), (path, name)
        print(f"{path}: {len(names)} datasets")


if __name__ == "__main__":
    {"write": write, "archive": archive, "result": result, "h5dump": h5dump}[sys.argv[1]](*sys.argv[2:])
