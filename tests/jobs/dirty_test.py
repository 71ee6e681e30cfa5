#!/usr/bin/python3
"""What an archive of a dirty delivery must be, worked out from the clean archive and the key.

dirty_test.py rows WORLD CLEAN DIRTY          the rows that count, cell by cell
dirty_test.py rejects WORLD DIRTY YEAR ...    balance sheets and rejects files against the key
"""
import csv
import sys
from collections import Counter

import archive_rows
import h5py

FILES = ["declarations", "amendments"]
KEY = ["declaration", "item"]
FACTS = ["date", "reporter", "office", "importer", "declarant", "exporter", "origin", "departure", "hs6", "regime", "transport",
         "incoterm", "currency", "gross_mass", "net_mass", "quantity", "unit", "freight", "insurance", "duty_rate", "year"]
AMENDED = ["invoice_value", "customs_value", "duty", "vat"]


def key_of(world, year, table):
    """Rows of a table of the key as dictionaries, positions in lists replaced by what they stand for."""
    with h5py.File(f"{world}/truth-dirty-{year}.h5") as f:
        columns = {}
        for name, dataset in f[table].items():
            cells = dataset[:].tolist()
            labels = dataset.attrs["labels"].decode() if isinstance(dataset.attrs["labels"], bytes) else dataset.attrs["labels"]
            if labels:
                texts = f["labels/" + labels].asstr()[:].tolist()
                cells = [texts[x] for x in cells]
            columns[name] = cells
    return [dict(zip(columns, row)) for row in zip(*columns.values())]


def expected_rows(world, clean):
    """(key, facts, amended values, version) of every row that counts: the highest version that can be read."""
    by_year = {}
    for row in archive_rows.rows_that_count(clean + "/declarations", KEY + FACTS + AMENDED):
        by_year.setdefault(row[len(KEY) + FACTS.index("year")], []).append(row)
    expected, lost, amended = [], 0, 0
    for year, rows in sorted(by_year.items()):
        broken = {(b["row"], b["version"]) for b in key_of(world, year, "broken")}
        versions = {}
        for a in key_of(world, year, "amendments"):
            assert a["is_broken"] == ((a["row"], a["version"]) in broken)
            if not a["is_broken"]:
                versions.setdefault(a["row"], {})[a["version"]] = tuple(a[name] for name in AMENDED)
            assert a["customs_value_before"] == rows[a["row"]][len(KEY) + len(FACTS) + AMENDED.index("customs_value")]
        for number, row in enumerate(rows):
            readable = versions.get(number, {})
            if (number, 1) not in broken:
                readable[1] = row[-len(AMENDED):]
            if readable:
                expected.append(row[:-len(AMENDED)] + readable[max(readable)] + (max(readable),))
            lost += not readable
            amended += bool(readable) and max(readable) > 1
    assert lost >= 100 and amended >= 500, f"too little to see: {lost} rows lost, {amended} amended"
    return sorted(expected)


def check_rows(world, clean, dirty):
    expected = expected_rows(world, clean)
    columns = KEY + FACTS + AMENDED + ["version"]
    found = archive_rows.rows_that_count(dirty + "/declarations", columns + ["description"])
    texts = Counter(row[-1] for row in found)
    found = sorted(row[:-1] for row in found)
    year, value = columns.index("year"), columns.index("customs_value")
    for name, rows in (("expected", expected), ("found", found)):
        for y in sorted({row[year] for row in rows}):
            print(name, y, sum(row[year] == y for row in rows), sum(row[value] for row in rows if row[year] == y))
    wrong = [(a, b) for a, b in zip(expected, found) if a != b]
    assert not wrong, f"{len(wrong)} rows differ, the first: {wrong[0]}"
    assert len(found) == len(expected)
    # Accents come through Latin-1 and UTF-8 alike: no letter of a text that was decoded twice or not at all.
    for accented in ("é", "è", "à", "ô", "°", '"', ";"):
        assert any(accented in text for text in texts), f"no description has {accented}"
    assert not any(set(text) & set("ÃÂ\ufffd") for text in texts)


def check_rejects(world, dirty, years):
    table = dirty + "/declarations"
    manifests = archive_rows.manifests_of(table)
    sheets = {sheet["file"]: sheet for m in manifests for sheet in m["balance"]["files"]}
    rejects = {}
    for m in manifests:
        with open(f"{table}/rejects/{m['vintage']}.csv", newline="") as f:
            for r in csv.DictReader(f):
                rejects.setdefault(r["file"], set()).add((r["reason"], int(r["line"]), int(r["first_byte"]), int(r["last_byte"])))
    seen = Counter()
    for year in years:
        broken, repeated = key_of(world, year, "broken"), key_of(world, year, "repeated")
        seen.update(b["fault"] for b in broken)
        for name in FILES:
            file = f"dirty-{name}-{year}.csv"
            here = [b for b in broken if b["file"] == name]
            reasons = Counter(b["reason"] for b in here)
            told = {reason: tally["records"] for reason, tally in sheets[file]["rejected"].items()}
            assert told == reasons, f"{file}: rejected {told}, key {dict(reasons)}"
            places = {(b["reason"], b["line"], b["first_byte"], b["first_byte"] + b["bytes"] - 1) for b in here}
            assert len(places) == len(here) and rejects[file] == places, f"{file}: {sorted(rejects[file] ^ places)[:4]}"
        with open(f"{world}/dirty-declarations-{year}.csv", "rb") as f:
            text = f.read()
        for r in repeated:
            first, again = ([text[r[place]:r[place] + r["bytes"]]] for place in ("first_byte", "first_byte_again"))
            assert first == again and first[0].count(b"\n") == r["records"], "the copy of a batch is no copy"
            assert text[:r["first_byte_again"]].count(b"\n") == r["line_again"] - 1
        copies = sum(r["records"] for r in repeated) - sum(b["is_copy"] for b in broken)
        sheet = sheets[f"dirty-declarations-{year}.csv"]
        assert sheet["duplicate"]["records"] == copies > 0 and sheet["superseded"]["records"] == 0
        amendments = key_of(world, year, "amendments")
        sound = [a for a in amendments if not a["is_broken"]]
        sheet = sheets[f"dirty-amendments-{year}.csv"]
        assert sheet["read"]["records"] == len(amendments)
        assert sheet["duplicate"]["records"] + sheet["superseded"]["records"] == len(sound) - len({a["row"] for a in sound}) > 0
    print(dict(seen))
    return seen


if sys.argv[1] == "rows":
    check_rows(*sys.argv[2:5])
else:
    kinds = check_rejects(sys.argv[2], sys.argv[3], [int(year) for year in sys.argv[4:]])
    assert len(kinds) == (13 if len(sys.argv) > 5 else len(kinds)), f"a fault does not occur: {kinds}"
