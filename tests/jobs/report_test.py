"""Every page of a report is whole HTML that loads nothing, and its figures are those of the result."""
import glob
import html.parser
import os
import re
import shlex
import sys
from decimal import Decimal

import h5py
import numpy as np

VOID = {"meta", "br"}
LOADING = {"script", "link", "img", "iframe", "object", "embed", "base", "form"}


class Page(html.parser.HTMLParser):
    """Tables as rows of (text, [exact figures], [links]); faults of the markup."""

    def __init__(self, path):
        super().__init__()
        self.open, self.faults, self.ids, self.links = [], [], [], []
        self.tables, self.table, self.row, self.cell = {}, None, None, None
        self.tags = set()
        self.feed(open(path, encoding="utf-8").read())
        self.close()
        if self.open:
            self.faults.append(f"not closed: {self.open}")

    def handle_starttag(self, tag, attributes):
        known = dict(attributes)
        self.tags.add(tag)
        if len(known) != len(attributes):
            self.faults.append(f"{self.getpos()}: an attribute twice")
        if tag in LOADING:
            self.faults.append(f"{self.getpos()}: <{tag}>")
        for name, value in attributes:
            if name in ("src", "srcset", "xlink:href") or name.startswith("on") or "url(" in (value or ""):
                self.faults.append(f"{self.getpos()}: {name}={value}")
        if "href" in known:
            self.links.append(known["href"])
        if "id" in known:
            self.ids.append(known["id"])
        if tag == "svg" and "aria-labelledby" not in known and "aria-label" not in known:
            self.faults.append(f"{self.getpos()}: a chart without a name")
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.table = self.tables.setdefault(known["id"], {"rows": [], "caption": ""})
        elif tag == "tr":
            self.row = []
            self.table["rows"].append(self.row)
        elif tag in ("td", "th"):
            self.cell = {"text": "", "data": [], "shown": []}
            self.row.append(self.cell)
        elif tag == "data" and self.cell is not None:
            self.cell["data"].append(Decimal(known["value"]))
            self.cell["shown"].append("")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"{self.getpos()}: </{tag}> closes nothing")
        if tag in ("td", "th"):
            self.cell = None

    def handle_data(self, text):
        if self.open and self.open[-1] == "caption":
            self.table["caption"] += text
        if self.cell is not None and "svg" not in self.open:
            self.cell["text"] += text
            if self.open[-1] == "data":
                self.cell["shown"][-1] += text


def fail(text):
    print("FAILED:", text, file=sys.stderr)
    sys.exit(1)


def shown_number(text):
    return Decimal(text.replace(",", "").replace("\u2212", "-").replace("+", ""))


def main(result_path, folder):
    result = h5py.File(result_path)
    cells = {name: result["cells"][name][:] for name in result["cells"]}
    scale = int(result["cells/export_value"].attrs["scale"])
    countries = [text.decode() for text in result["labels/country"][:]]
    digits = int(result["cells/hs"].attrs["digits"])
    pages = {os.path.basename(path): Page(path) for path in sorted(glob.glob(folder + "/*"))}
    compared = 0

    def at_scale(number):
        return Decimal(int(number)).scaleb(-scale)

    for name, page in pages.items():
        if page.faults:
            fail(f"{name}: {page.faults[:5]}")
        if len(page.ids) != len(set(page.ids)):
            fail(f"{name}: an id twice")
        for link in page.links:
            file, _, place = link.partition("#")
            if re.match(r"[a-z]+:|//", link) or (file and file not in pages):
                fail(f"{name}: link to {link}")
            if place and place not in pages[file or name].ids:
                fail(f"{name}: {link} leads nowhere")
        for table_id, table in page.tables.items():
            if not table["caption"]:
                fail(f"{name}: table {table_id} has no caption")
        if "i" in page.tags and "<i>&'L" in open(f"{folder}/{name}", encoding="utf-8").read():
            fail(f"{name}: a code is not escaped")

    def check(page, table, key_column, mask, imports_first):
        """Exports, imports, difference and records of every row, and of all rows as printed."""
        nonlocal compared
        rows = pages[page].tables[table]["rows"][1:]
        printed = [[0, 0] for _ in range(2)]
        for row in rows:
            key = row[0]["text"]
            some = mask & (key_column == key) if key != "All" else mask
            exports, imports = cells["export_value"][some].sum(), cells["import_value_fob"][some].sum()
            sides = [imports, exports] if imports_first else [exports, imports]
            for place, side in enumerate(sides):
                figures = row[1 + place]["data"]
                if figures and figures[0] != at_scale(side):
                    fail(f"{page} {table} {key}: {figures[0]}, not {at_scale(side)}")
                if not figures and side != 0:
                    fail(f"{page} {table} {key}: no figure, not {at_scale(side)}")
                shown = shown_number(row[1 + place]["shown"][0]) if figures else Decimal(0)
                printed[key == "All"][place] += shown
                compared += 1
            if row[3]["data"] and row[3]["data"][0] != at_scale(imports - exports):
                fail(f"{page} {table} {key}: difference {row[3]['data'][0]}")
            records = sum(int(number) for number in row[-1]["data"])
            known = int(cells["export_records"][some].sum()) + int(cells["import_records"][some].sum())
            if "periods" in table and records != known:
                fail(f"{page} {table} {key}: {records} records, not {known}")
        if rows and printed[0] != printed[1]:
            fail(f"{page} {table}: printed rows give {printed[0]}, printed total {printed[1]}")
        keys = {row[0]["text"] for row in rows} - {"All"}
        if keys != set(key_column[mask]):
            fail(f"{page} {table}: rows {sorted(keys)[:5]}")

    period = np.array([str(p) if p < 100000 else f"{p // 100}-{p % 100:02}" for p in cells["period"]])
    everything = np.ones(len(period), dtype=bool)
    if len(period):
        check("index.html", "all-periods", period, everything, False)
    for code, country in enumerate(countries):
        safe = "".join(c if re.match(r"[A-Za-z0-9_-]", c) else "".join(f"~{b:02x}" for b in c.encode()) for c in country)
        file = f"country-{safe}.html"
        exporter, importer = cells["exporter"] == code, cells["importer"] == code
        if exporter.any() or importer.any():
            if exporter.any():
                check(file, "exporter-periods", period, exporter, False)
            if importer.any():
                check(file, "importer-periods", period, importer, True)
        elif file in pages:
            fail(f"{file}: a page without cells")
    for hs in np.unique(cells["hs"] // 10 ** (digits - 2)):
        check(f"product-{hs:02}.html", "product-periods", period, cells["hs"] // 10 ** (digits - 2) == hs, False)
    if digits > 2 and len(period):
        largest = [name for name in pages if re.match(r"product-\d{3,}", name)]
        if len(largest) != 5:
            fail(f"{len(largest)} pages of products")
        for name in largest:
            check(name, "product-periods", period, cells["hs"] == int(name[8:-5]), False)
    # The largest gaps of both sides, in order.
    both = np.flatnonzero(cells["status"] == 0)
    order = both[np.argsort(-np.abs(cells["asymmetry"][both]), kind="stable")][:3] if len(both) else []
    if len(order):
        rows = [row for row in pages["index.html"].tables["all-two-sided"]["rows"][1:] if len(row) > 1]
        if len(rows) != 3:
            fail("three largest gaps expected")
        about = [row for row in pages["index.html"].tables["all-two-sided"]["rows"][1:] if len(row) == 1]
        for row, under, cell in zip(rows, about, order):
            if row[6]["data"] != [at_scale(cells["asymmetry"][cell])]:
                fail(f"a largest gap is {row[6]['data']}")
            keys = (f"hs={cells['hs'][cell]:0{digits}},exporter={countries[cells['exporter'][cell]]},"
                    f"importer={countries[cells['importer'][cell]]},period={cells['period'][cell]}")
            words = re.search(r"(tarifa explain .*)", under[0]["text"])
            if not words or shlex.split(words[1])[3:] != ["--explain.cell", keys]:
                fail("no command opens a gap")
            if "gap_freight" in cells:
                gap = int(cells["import_value"][cell]) - int(cells["export_value"][cell])
                if under[0]["data"][0] != at_scale(gap) or sum(under[0]["data"][1:]) != at_scale(gap):
                    fail("parts do not add up to the gap")
                shown = [shown_number(text) for text in under[0]["shown"]]
                if shown[0] != sum(shown[1:]):
                    fail("printed parts do not add up to the printed gap")
    print(f"{len(pages)} pages, {compared} figures compared")
    if len(period) and compared < 200:
        fail("few figures were compared")


main(sys.argv[1], sys.argv[2])
