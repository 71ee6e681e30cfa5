#!/usr/bin/python3
"""Deliveries of one table that replace rows of each other, and what must come of them, worked out row by row.

supersede_test.py write FOLDER              source.ini and deliveries d1.csv, d2.csv, d3.csv, alone.csv
supersede_test.py check FOLDER ARCHIVE N    the rows that count, sheets and flags after the first N deliveries
"""
import csv
import datetime
import random
import sys

import archive_rows

SOURCE = """[source]
table = declarations
partition = year(date)
duplicates = key
key = declaration, item, office
version = changed
balance-value = value
missing = -

[column declaration]
kind = code
upper-case = true
mandatory = true

[column item]
kind = integer
mandatory = true

[column office]
kind = code

[column date]
kind = date
format = YYYY-MM-DD
mandatory = true

[column changed]
kind = date
format = YYYY-MM-DD | DD/MM/YYYY

[column value]
kind = decimal
scale = 2
unit = USD
"""
HEAD = ["declaration", "item", "office", "date", "changed", "value"]
EPOCH = datetime.date(1970, 1, 1)


def deliveries():
    """[deliveries][records] as (declaration, item, office or None, date, changed or None, value or None)"""
    rng = random.Random(4)

    def record(key):
        day = datetime.date(2019 + rng.randrange(3), 1 + rng.randrange(12), 1 + rng.randrange(28))
        changed = None if rng.random() < 0.1 else datetime.date(2024, 1, 1 + rng.randrange(9))
        return (*key, day, changed, None if rng.random() < 0.05 else rng.randrange(10**9))

    def key(number):
        return (f"D{number // 3:05d}", number % 3 + 1, None if number % 7 == 0 else f"O{number % 11}")

    first = [record(key(n)) for n in range(18000)] + [record(key(rng.randrange(18000))) for _ in range(500)]
    second = [record(key(n)) for n in range(16000, 22000)] + [record(key(n)) for n in range(0, 22000, 20)]
    third = [record(key(rng.randrange(23000))) for _ in range(5000)]
    for records in (first, second, third):
        rng.shuffle(records)
    return [first, second, third]


def write_file(path, records, rng):
    with open(path, "w", newline="") as f:
        out = csv.writer(f)
        out.writerow(HEAD)
        for declaration, item, office, day, changed, value in records:
            # The same key, written otherwise: only what is stored may decide.
            out.writerow([
                rng.choice([declaration, declaration.lower(), " " + declaration]),
                rng.choice([str(item), f"00{item}"]),
                rng.choice(["", "-"]) if office is None else office,
                day.isoformat(),
                "" if changed is None else rng.choice([changed.isoformat(), changed.strftime("%d/%m/%Y")]),
                "" if value is None else f"{value // 100}.{value % 100:02d}"])


def version(record):
    return datetime.date.min if record[4] is None else record[4]


def expected(count):
    """Rows that count after so many deliveries, and (kept, duplicate, superseded, earlier) of the last sheet."""
    live, sheet = {}, None
    for records in deliveries()[:count]:
        best, duplicate, superseded, earlier = {}, 0, 0, 0
        for record in records:
            known = best.get(record[:3])
            if known is None or version(record) > version(known):
                best[record[:3]] = record
        for record in records:
            chosen = best[record[:3]]
            if record is not chosen:
                duplicate += version(record) == version(chosen)
                superseded += version(record) < version(chosen)
        kept = 0
        for key, record in best.items():
            if key in live and version(record) < version(live[key]):
                superseded += 1
            else:
                earlier += key in live
                kept += 1
                live[key] = record
        sheet = (kept, duplicate, superseded, earlier)
    return sorted(live.values(), key=repr), sheet


def day_of(days):
    return EPOCH + datetime.timedelta(days=int(days))


def rows_found(archive):
    rows = archive_rows.rows_that_count(archive + "/declarations", HEAD)
    return sorted(((d, i, o, day_of(t), None if c is None else day_of(c), v) for d, i, o, t, c, v in rows), key=repr)


def check(archive, count):
    rows, sheet = expected(count)
    found, manifests = rows_found(archive), archive_rows.manifests_of(archive + "/declarations")
    assert found == rows, f"{len(found)} rows count, {len(rows)} expected"
    total = manifests[-1]["balance"]["total"]
    told = tuple(total[line]["records"] for line in ("kept", "duplicate", "superseded", "earlier_superseded"))
    assert told == sheet, f"sheet {told}, expected {sheet}"
    assert count == 1 or min(sheet) >= 20, "deliveries that touch too little of each other"
    value = sum(int(m["value"]["kept"]) - int(m["value"]["superseded"]) for m in manifests)
    assert value == sum(row[5] or 0 for row in rows)


if sys.argv[1] == "write":
    rng = random.Random(5)
    with open(sys.argv[2] + "/source.ini", "w") as f:
        f.write(SOURCE)
    for number, records in enumerate(deliveries(), 1):
        write_file(f"{sys.argv[2]}/d{number}.csv", records, rng)
    write_file(sys.argv[2] + "/alone.csv", [("E1", 1, "O1", datetime.date(2019, 1, 1), None, 5)], rng)
else:
    check(sys.argv[3], int(sys.argv[4]))
