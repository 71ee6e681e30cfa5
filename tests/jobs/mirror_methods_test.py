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


def main(result, *truths):
    with h5py.File(result) as file:
        cells, rows = keyed(file, "hs")
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
