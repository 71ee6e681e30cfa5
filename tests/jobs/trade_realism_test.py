"""Loose bounds around the real figures, so that the world cannot drift: trade_realism_test.py TOOLS WORLD"""
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
import trade_realism  # noqa: E402

# Least and most; the real figures are in docs/methods/synthetic-trade.md.
BOUNDS = {
    "CIF/FOB, decile 1": (1.01, 1.03),
    "CIF/FOB, decile 5": (1.06, 1.11),
    "CIF/FOB, decile 9": (1.22, 1.35),
    "CIF/FOB, of the sums": (1.05, 1.11),
    "CIF/FOB at 0 to 1,500 km, median": (1.04, 1.08),
    "CIF/FOB at 8,000 to 12,000 km, median": (1.08, 1.12),
    "cells both sides report": (0.25, 0.40),
    "cells the importer alone reports": (0.28, 0.40),
    "cells the exporter alone reports": (0.28, 0.40),
    "importer alone, though the exporter reports that year": (0.6, 0.8),
    "exporter alone, though the importer reports that year": (0.55, 0.8),
    "share of import value in cells of both sides": (0.55, 0.85),
    "ln(M/X), quantile 0.10": (-2.8, -1.5),
    "ln(M/X), quantile 0.50": (0.0, 0.15),
    "ln(M/X), quantile 0.90": (1.5, 2.9),
    "relative asymmetry of both sides, quantile 0.50": (0.6, 0.95),
    "share of the value of imports in the top 1 % of cells": (0.5, 0.8),
    "import value of a cell [USD], quantile 0.50": (15_000, 45_000),
    "Zipf exponent of importers, first 40": (0.8, 1.4),
    "Zipf exponent of exporters, first 40": (0.7, 1.4),
    "Zipf exponent of pairs, first 100": (0.5, 1.0),
}


def main():
    world = Path(sys.argv[2])
    facts = trade_realism.facts_of(trade_realism.synthetic_reports(world), trade_realism.synthetic_ratios(world))
    drifted = [f"{name}: {facts[name]:.3f}, not {least} to {most}"
               for name, (least, most) in BOUNDS.items() if not least <= facts[name] <= most]
    if drifted:
        sys.exit("\n".join(drifted))
    print(f"{len(BOUNDS)} facts are in their bounds")


if __name__ == "__main__":
    main()
