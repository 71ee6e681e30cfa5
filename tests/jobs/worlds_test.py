"""What naive estimators make of the planted worlds of configs/worlds, against the truth.

usage: worlds_test.py FOLDER-OF-WORLDS TABLE.md

Each world has one line here: a naive figure, the truth of the same thing, and by how much the first must be off at least. The lines, as printed, must
stand in the table of the page.
"""
import sys
from pathlib import Path

import h5py
import numpy as np


class Trade:
    """Cells of the truth of a year of trade: what an analyst sees (import_value, export_value) and what is true."""

    def __init__(self, folder):
        (path,) = folder.glob("truth-trade-*.h5")
        with h5py.File(path) as file:
            self.cells = {name: column[:] for name, column in file["cells"].items()}

    def __getitem__(self, name):
        return self.cells[name].astype(float)

    def shortfall(self, ratio, lone_exports):
        """Naive: import value that is missing against exports at a flat CIF/FOB ratio, as a share of all imports [%]."""
        imports, exports = self["import_value"], self["export_value"]
        seen = (exports > 0) & ((imports > 0) | lone_exports)
        return 100 * np.maximum(0, ratio * exports - imports)[seen].sum() / imports.sum()

    def undeclared(self):
        """True: import value declared too low, as a share of all imports [%]."""
        return 100 * np.maximum(0, -self["import_misinvoicing"]).sum() / self["import_value"].sum()


MATCHED = "value missing at {:.2f} x exports, cells of both sides"
ALL = "value missing at {:.2f} x exports, all cells"
UNDERVALUED = "[% of imports]"


def trade(ratio, lone_exports):
    def figures(folder):
        world = Trade(folder)
        return world.shortfall(ratio, lone_exports), world.undeclared()

    return (ALL if lone_exports else MATCHED).format(ratio) + " " + UNDERVALUED, figures


# world: naive figure, its function giving (naive, truth), least distance between the two.
WORLDS = {
    "trade-freight": (*trade(1.10, False), 1.5),
    "trade-lag": (*trade(1.00, False), 2),
    "trade-hub": (*trade(1.00, True), 5),
    "trade-missing-reporter": (*trade(1.00, True), 10),
    "trade-confidential": (*trade(1.00, True), 5),
    "trade-error": (*trade(1.00, False), 10),
    "trade-classification": (*trade(1.00, False), 2),
    "trade-fraud": (*trade(1.10, False), 5),
}


def main(worlds, page):
    text = Path(page).read_text(encoding="utf-8")
    failures = []
    found = {folder.name for folder in Path(worlds).iterdir() if folder.is_dir()}
    if found != WORLDS.keys():
        failures.append(f"configs/worlds and the table of this test differ: {sorted(found ^ WORLDS.keys())}")
    for name in sorted(found & WORLDS.keys()):
        figure, figures, least = WORLDS[name]
        naive, truth = figures(Path(worlds) / name)
        line = f"| `{name}` | {figure} | {naive:.2f} | {truth:.2f} | {naive - truth:+.2f} |"
        print(line)
        if abs(naive - truth) < least:
            failures.append(f"{name}: the naive figure is off by {naive - truth:+.2f}, at least {least} expected")
        if line not in text:
            failures.append(f"{name}: this line does not stand in {page}")
    if failures:
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main(*sys.argv[1:])
