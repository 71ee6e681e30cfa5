"""Rows of an archive by h5py alone: what tarifa writes, read without tarifa."""
import json
import os


def manifests_of(table):
    """Manifests of the vintages of archive/TABLE, oldest first."""
    folder = table + "/manifests"
    return [json.load(open(f"{folder}/{name}")) for name in sorted(os.listdir(folder))]


def cells_of(part, column):
    """Cells of a column in stored units, codes as their texts, None where missing."""
    cells = part["columns/" + column][:].tolist()
    if part["columns/" + column].attrs["kind"].decode() == "code":
        texts = part["dictionaries/" + column].asstr()[:].tolist()
        cells = [texts[x] if x < len(texts) else None for x in cells]
    if column in part.get("validity", {}):
        cells = [x if ok else None for x, ok in zip(cells, part["validity/" + column][:])]
    return cells


def rows_that_count(table, columns):
    """Tuples of all rows of archive/TABLE, without those that a flag of a later vintage takes out, in the order of vintages."""
    import h5py
    manifests = manifests_of(table)
    gone = {}
    for m in manifests:
        for flags in m["superseded"]:
            with h5py.File(f"{table}/{flags['partition']}/{m['vintage']}/superseded.h5") as f:
                for part in flags["parts"]:
                    name = f"{part['vintage']}/part-{part['part']:04d}"
                    rows = f["superseded/" + name][:].nonzero()[0]
                    assert len(rows) == part["rows"] > 0
                    known = gone.setdefault((flags["partition"], name), set())
                    assert known.isdisjoint(rows)
                    known.update(rows)
    found = []
    for m in manifests:
        for partition in m["partitions"]:
            for part in partition["parts"]:
                name = m["vintage"] + "/" + part["file"]
                out = gone.get((partition["name"], name[:-3]), set())
                with h5py.File(f"{table}/{partition['name']}/{name}") as f:
                    rows = zip(*(cells_of(f, column) for column in columns))
                    found += [row for n, row in enumerate(rows) if n not in out]
    return found
