"""What naive estimators make of the planted worlds of configs/worlds, against the truth.

usage: worlds_test.py FOLDER-OF-WORLDS TABLE.md

Each world has one line here: a naive figure, the truth of the same thing, and by how much the first must be off at least. The lines, as printed, must
stand in the table of the page.
"""
import csv
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


class Declarations:
    """Rows of a year of declarations as lodged (text), their inspections (text), and what is true of each row."""

    def __init__(self, folder):
        self.rows = self.table(folder, "declarations")
        self.inspections = self.table(folder, "inspections")
        (path,) = folder.glob("truth-declarations-*.h5")
        with h5py.File(path) as file:
            self.truth = {name: column[:] for name, column in file["declarations"].items()}
            self.mechanisms = [text.decode() for text in file["labels/mechanism"][:]]
        self.first = np.flatnonzero(self.truth["item"] == 1)  # rows that open a declaration

    @staticmethod
    def table(folder, name):
        (path,) = folder.glob(f"{name}-*.csv")
        with open(path, encoding="ascii", newline="") as file:
            rows = csv.reader(file)
            return dict(zip(next(rows), map(np.array, zip(*rows))))

    def inspected(self, channels, column):
        return self.inspections[column][np.isin(self.inspections["channel"], channels)]

    def found_rate(self, channels):
        """Naive: declarations found false on purpose, of those inspected [%]."""
        return 100 * (self.inspected(channels, "result") == "fraud").mean()

    def false_rate(self):
        """True: declarations with an item that is false on purpose, of all [%]."""
        return 100 * np.maximum.reduceat(self.truth["mechanism"] > 0, self.first).mean()

    def gap(self):
        """True: taxes due above those declared, mean over all declarations [USD]."""
        missing = np.maximum(0, self.truth["taxes_due"] - self.truth["taxes_declared"])
        return np.add.reduceat(missing, self.first).mean() / 100

    def below_quartile(self):
        """Price per kg as part of the first quartile of its HS6, for codes with eight rows and more; else 1."""
        price = self.rows["invoice_usd"].astype(float) / self.rows["net_kg"].astype(float)
        _, code, count = np.unique(self.rows["hs6"], return_inverse=True, return_counts=True)
        quartile = np.full(count.size, np.nan)
        for i in np.flatnonzero(count >= 8):
            quartile[i] = np.quantile(price[code == i], 0.25)
        ratio = price / quartile[code]
        return np.where(np.isnan(ratio), 1, np.minimum(1, ratio))


class Seizures:
    """Reported cases of all years of a world, and what was seized, reported or not."""

    def __init__(self, folder):
        self.reported = {}  # day of the report of each case
        for path in sorted(folder.glob("seizures-*.csv")):
            with open(path, encoding="ascii", newline="") as file:
                self.reported.update((row["case_id"], row["report_date"]) for row in csv.DictReader(file))
        self.seized = []  # [years][12] cases seized in a month, by all administrations
        for path in sorted(folder.glob("truth-seizures-*.h5")):
            with h5py.File(path) as file:
                desks = file["administrations"]
                self.seized.append(np.bincount(desks["month"][:] - 1, desks["seized"][:], 12))
        self.first_year = int(sorted(folder.glob("seizures-*.csv"))[0].stem[-4:])

    def growth(self):
        """Cases of the last year against the first [%], by what was reported in a year, and in truth."""
        reports = [day[:4] for day in self.reported.values()]
        naive = reports.count(str(self.first_year + len(self.seized) - 1)) / reports.count(str(self.first_year))
        return 100 * (naive - 1), 100 * (self.seized[-1].sum() / self.seized[0].sum() - 1)

    def peak(self):
        """The busiest month of all years against the mean month [%], by what was reported in a month, and in truth."""
        months = [f"{self.first_year + year}-{month:02}" for year in range(len(self.seized)) for month in range(1, 13)]
        reports = [day[:7] for day in self.reported.values()]
        naive, truth = np.array([reports.count(month) for month in months]), np.concatenate(self.seized)
        return 100 * (naive.max() / naive.mean() - 1), 100 * (truth.max() / truth.mean() - 1)


TARGETED = ("rule", "officer")


def targeted_rate(folder):
    world = Declarations(folder)
    return world.found_rate(TARGETED), world.false_rate()


def targeted_taxes(folder):
    world = Declarations(folder)
    return world.inspected(TARGETED, "additional_taxes_usd").astype(float).mean(), world.gap()


def random_rate(folder):
    world = Declarations(folder)
    return world.found_rate(("random",)), world.false_rate()


def flagged(folder):
    world = Declarations(folder)
    below_value = [world.mechanisms.index(name) for name in ("undervaluation", "invoice-chain")]
    return 100 * (world.below_quartile() < 1).mean(), 100 * np.isin(world.truth["mechanism"], below_value).mean()


def shortfall(folder):
    world = Declarations(folder)
    invoice = world.rows["invoice_usd"].astype(float)
    value = world.rows["customs_value_usd"].astype(float)
    missing = np.maximum(0, world.truth["customs_value"] / 100 - value)
    return 100 * (invoice / world.below_quartile() - invoice).sum() / value.sum(), 100 * missing.sum() / value.sum()


# world: naive figure, its function giving (naive, truth), least error of the naive figure; below 0 it is too low.
WORLDS = {
    "seizure-bursts": ("busiest month of reports above the mean month [%]", lambda folder: Seizures(folder).peak(), 50),
    "seizure-joining": ("growth of reported cases, first to last year [%]", lambda folder: Seizures(folder).growth(), 100),
    "trade-freight": (*trade(1.10, False), 1.5),
    "trade-lag": (*trade(1.00, False), 2),
    "trade-hub": (*trade(1.00, True), 5),
    "trade-missing-reporter": (*trade(1.00, True), 10),
    "trade-confidential": (*trade(1.00, True), 5),
    "trade-error": (*trade(1.00, False), 10),
    "trade-classification": (*trade(1.00, False), 2),
    "trade-fraud": (*trade(1.10, False), 5),
    "inspection-targeted": ("fraud found in targeted inspections [% of declarations]", targeted_rate, 5),
    "inspection-taxes": ("taxes assessed in targeted inspections [USD a declaration]", targeted_taxes, 10),
    "inspection-missed": ("fraud found in random inspections [% of declarations]", random_rate, -1),
    "price-quartile": ("rows below the first price quartile of their HS6 [% of rows]", flagged, 10),
    "price-honest": ("value missing to the first price quartile of HS6 [% of value]", shortfall, 2),
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
        if (naive - truth) * np.sign(least) < abs(least):
            failures.append(f"{name}: the naive figure is off by {naive - truth:+.2f}, at least {least} expected")
        if line not in text:
            failures.append(f"{name}: this line does not stand in {page}")
    if failures:
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main(*sys.argv[1:])
