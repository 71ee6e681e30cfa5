"""Reconciled values of a mirror result against the truth of the synthetic world they come from.

usage: mirror_methods_test.py RESULT TRUTH...
"""
import sys

import h5py
import numpy as np


def labels(file, name):
    return np.array([text.decode().rstrip("\0") for text in file["labels"][name][()]])


def keyed(file, product):
    """Cells of a file as columns, by (exporter, importer, product, period)."""
    cells = {name: data[()] for name, data in file["cells"].items()}
    names = labels(file, "country")
    keys = zip(names[cells["exporter"]], names[cells["importer"]], cells[product].tolist(), cells["period"].tolist())
    return cells, {key: row for row, key in enumerate(keys)}


def check_parts(file, cells):
    """Parts of the gap add up to it in every cell and in every total, and cells add up to the totals."""
    parts = [name for name in cells if name.startswith("gap_")]
    assert len(parts) == 10
    assert np.array_equal(sum(cells[name] for name in parts), cells["import_value"] - cells["export_value"])
    for table in ("by_exporter", "by_importer", "by_product", "by_period", "total"):
        totals = {name: data[()] for name, data in file[table].items()}
        assert np.array_equal(sum(totals[name] for name in parts), totals["import_value"] - totals["export_value"])
        for name in parts:
            assert totals[name].sum() == cells[name].sum(), (table, name)
    one_sided = cells["status"] != 0
    bit = {reason: code for reason, code in zip(labels(file, "reason"), file["reasons"]["bit"][()])}["one_sided"]
    assert np.array_equal((cells["reasons"] & bit) != 0, (cells["import_value"] == 0) | (cells["export_value"] == 0))
    assert one_sided.any() and (cells["gap_heading"] != 0).any() and (cells["gap_price"] != 0).any()
    assert len(np.unique(cells["hypothesis"])) > 2


def main(result, *truths):
    with h5py.File(result) as file:
        cells, rows = keyed(file, "hs")
        check_parts(file, cells)
    true = np.full(len(rows), np.nan)
    for path in truths:
        with h5py.File(path) as file:
            truth, of_year = keyed(file, "hs6")
        for key, row in of_year.items():
            if key in rows:
                true[rows[key]] = truth["fob_exported"][row]
    both = (cells["status"] == 0) & (true > 0) & (cells["import_value"] > 0) & (cells["export_value"] > 0)
    true, cells = true[both], {name: column[both] for name, column in cells.items()}
    inside = (cells["reconciled_value_low"] <= true) & (true <= cells["reconciled_value_high"])
    error = {name: np.mean(np.abs(np.log(cells[name] / true)))
             for name in ("reconciled_value", "import_value_fob", "export_value")}
    print(f"{both.sum()} cells: coverage {inside.mean():.3f} at 0.9; mean size of the error on the log scale: "
          + ", ".join(f"{name} {size:.3f}" for name, size in error.items()))
    assert both.sum() > 10_000
    assert 0.87 <= inside.mean() <= 0.93
    assert error["reconciled_value"] < 0.85 * min(error["import_value_fob"], error["export_value"])
    assert np.all(cells["reconciled_value_low"] <= cells["reconciled_value"])
    assert np.all(cells["reconciled_value"] <= cells["reconciled_value_high"])


if __name__ == "__main__":
    main(*sys.argv[1:])
