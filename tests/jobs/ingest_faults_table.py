"""The table of planted faults: what is planted, and what tarifa ingest must answer. Judged by ingest_faults_test.py."""

import fcntl
import gzip
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

USAGE, DATA, STORAGE = 2, 3, 4

HEADER = b"day,hs,origin,value,quantity\n"
ROW = b"2021-03-04,010121,CN,100.00,5\n"


class Skip(Exception):
    """The machine does not allow the case to be set up."""


def source(head="", columns="", **changes):
    """The source of the table; `head` adds keys to [source], `columns` sections, `changes` keys to a column."""
    keys = {"day": "kind = date\nformat = YYYY-MM-DD\nmandatory = true\nrange = 2000-01-01..2030-12-31\n",
            "hs": "kind = hs\ndigits = 6\n",
            "origin": "kind = code\n",
            "value": "kind = decimal\nscale = 2\nunit = USD\nmandatory = true\nrange = 0..\n",
            "quantity": "kind = integer\n"}
    text = "[source]\ntable = trade\npartition = year(day)\nbalance-value = value\n" + head + "\n"
    for name, own in keys.items():
        text += f"[column {name}]\n{own}{changes.get(name, '')}\n"
    return text + columns


SOURCE = source()
INGEST = ["ingest", "--ingest.source", "source.ini", "--ingest.archive", "archive"]


@dataclass
class Case:
    name: str
    files: dict = field(default_factory=dict)     # name -> bytes on disk, given in this order
    source: str | None = SOURCE
    code: int = 0
    says: list = field(default_factory=list)      # texts that must stand in what the program says
    kept: int = 0
    rejects: list = field(default_factory=list)   # (reason, line) of every rejected record
    duplicate: int = 0
    superseded: int = 0
    filtered: int = 0
    value: str | None = None                      # sum of the values kept
    texts: dict | None = None                     # name -> bytes of text, where files are compressed
    options: list = field(default_factory=list)
    command: list | None = None                   # in the place of the usual command line
    before: Callable | None = None                # sets up what files cannot; gets the folder of the case
    after: Callable | None = None
    writes: bool = True                           # a vintage comes out when the code is 0
    ordinary_user: bool = False
    file_limit: int = 0                           # [bytes] RLIMIT_FSIZE
    three_ranks: bool = False

    @property
    def words(self):
        return self.command if self.command is not None else INGEST + self.options + list(self.files)


def table(*lines):
    return HEADER + b"".join(line if line.endswith(b"\n") else line + b"\n" for line in lines)


def many(rows, note=b"CN"):
    return [b"20%02d-03-%02d,010121,%s,1.00,%d\n" % (20 + i % 3, 1 + i % 28, note, i) for i in range(rows)]


def one_bad(name, bad, reason, good=3, **more):
    """A bad record on line 3 among `good` ones, all of which must be kept."""
    return Case(name, {"a.csv": table(ROW, bad, *[ROW] * (good - 1))}, kept=good, rejects=[(reason, 3)],
                value=f"{good * 100}.00", says=["balance ok", reason], **more)


def zstd(text):
    """A zstd frame of raw blocks (RFC 8878, 3.1.1), so that no library is needed."""
    frame = b"\x28\xB5\x2F\xFD\x00\x38"
    pieces = [text[at:at + 65536] for at in range(0, len(text), 65536)] or [b""]
    for number, piece in enumerate(pieces):
        frame += (len(piece) << 3 | (number + 1 == len(pieces))).to_bytes(3, "little") + piece
    return frame


def gz(text):
    return gzip.compress(text, 6, mtime=0)


def run_before(*words, **files):
    """A first ingest that succeeds, so that there is a vintage already."""
    def act(folder):
        for name, content in files.items():
            (folder / "data" / name.replace("_", ".")).write_bytes(content)
        environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        subprocess.run([os.environ["TARIFA"], *words], cwd=folder / "data", env=environment, check=True,
                       capture_output=True, timeout=60)
    return act


def mode(path, bits):
    return lambda folder: (folder / "data" / path).chmod(bits)


def make(path, is_folder=True):
    def act(folder):
        whole = folder / "data" / path
        whole.parent.mkdir(parents=True, exist_ok=True)
        whole.mkdir(exist_ok=True) if is_folder else whole.write_bytes(b"in the way\n")
    return act


def then(*acts):
    def act(folder):
        for one in acts:
            one(folder)
    return act


def locked_folder(path):
    """A folder nobody may write to; the bits come back afterwards so that it can be removed."""
    return {"before": then(make(path), mode(path, 0o555)), "after": mode(path, 0o755), "ordinary_user": True}


def long_records(bad=b"", before=12):
    """Records from a few bytes to more than several blocks, `bad` among them."""
    sizes = [200_000, 3, 900_000, 70_000, 16_000, 1_500_000, 5, 40_000] * 3
    rows = [b"2021-03-04,010121," + bytes([97 + i]) * size + b",1.00,5\n" for i, size in enumerate(sizes)]
    return HEADER + b"".join(rows[:before]) + bad + b"".join(rows[before:])


LONG = source("record-limit = 64MiB\n")
IN_BLOCKS = ["--ingest.block-size", "256KiB"]


def small_disk(path, kibibytes):
    def mount(folder):
        (folder / "data" / path).mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", folder / "data" / path],
                              capture_output=True, check=False) if os.getuid() == 0 else None
        if done is None or done.returncode != 0:
            raise Skip("mounting a small disk is not allowed here")

    def unmount(folder):
        subprocess.run(["umount", folder / "data" / path], capture_output=True, check=False)
    return {"before": mount, "after": unmount}


def leftovers(folder):
    """What a killed run may leave: scratch, an unfinished part, parts without a manifest."""
    archive = folder / "data" / "archive"
    for path in [".ingest-trade-v0001/runs-00000-000", ".ingest-trade-v0001.claim", "trade/2021/v0001/part-0000.h5.partial",
                 "trade/2019/v0001/part-0003.h5", "trade/rejects/v0001.csv.partial"]:
        whole = archive / path
        whole.parent.mkdir(parents=True, exist_ok=True)
        whole.write_bytes(b"half of it")


HELD = []                                         # files another run has locked while this one lives


def claimed_scratch(folder):
    """What a run that is at work has: a lock on the scratch folder of its vintage."""
    scratch = folder / "scratch"
    scratch.mkdir()
    claim = (scratch / ".ingest-trade-v0001.claim").open("w")
    claim.write("process 7 on n9 (Slurm job 3), since 2026-01-01T00:00:00Z\n")
    claim.flush()
    fcntl.flock(claim, fcntl.LOCK_EX)
    HELD.append(claim)


def fifo(folder):
    os.mkfifo(folder / "data" / "pipe.csv")


def broken_manifest(text):
    def act(folder):
        path = folder / "data" / "archive" / "trade" / "manifests" / "v0001.json"
        path.parent.mkdir(parents=True)
        path.write_bytes(text)
    return act


GOOD = {"a.csv": table(ROW, ROW, ROW)}
BIG = table(*many(120_000))                      # about 3 MB
LISTED = source(origin="codes = CN, DE, SU (1922-12-30..1991-12-26), RU (1991-12-26..)\nvalid-on = day\n",
                day="").replace("2000-01-01..", "1900-01-01..")
KEYED = source("duplicates = key\nkey = quantity\n")
VERSIONED = source("duplicates = key\nkey = quantity\nversion = day\n")
DATED = source(columns="[column lodged]\nkind = date\nformat = YYYY-MM-DD\n\n[rules]\norder = lodged <= day\n")
MESS = many(40_000) + [b'2021-03-04,010121,"CN,1.00,5\n'] + many(40_000)
LONG_QUOTED = b'2021-03-04,010121,"' + b"a quoted line\n" * 300 + b'",1.00,7\n'

CASES = [
    # Records that are rejected, one reason each.
    one_bad("bad quote", b'2021-03-04,010121,"CN"x,1.00,5', "text after a closing quote", three_ranks=True),
    one_bad("too few columns", b"2021-03-04,010121,CN", "wrong field count"),
    one_bad("too many columns", b"2021-03-04,010121,CN,1.00,5,6", "wrong field count"),
    one_bad("NUL byte", b"2021-03-04,010121,C\0,1.00,5", "NUL byte", three_ranks=True),
    one_bad("wrong encoding", b"2021-03-04,010121,C\xf4te,1.00,5", "not valid in the declared encoding"),
    one_bad("overlong UTF-8", b"2021-03-04,010121,\xc0\xaf,1.00,5", "not valid in the declared encoding"),
    one_bad("malformed number", b"2021-03-04,010121,CN,12a,5", "value malformed"),
    one_bad("NaN is no value", b"2021-03-04,010121,CN,NaN,5", "value malformed"),
    one_bad("a lone sign", b"2021-03-04,010121,CN,-,5", "value malformed"),
    one_bad("decimal comma", b'2021-03-04,010121,CN,"1,50",5', "value malformed"),
    one_bad("undeclared thousands mark", b'2021-03-04,010121,CN,"1,000.00",5', "value malformed"),
    one_bad("misplaced thousands mark", b'2021-03-04,010121,CN,"1,00,0.00",5', "value malformed",
            source=source("thousands-mark = ,\n")),
    one_bad("number out of range", b"2021-03-04,010121,CN,-1.00,5", "value out of range"),
    one_bad("overflow of a decimal", b"2021-03-04,010121,CN,99999999999999999999,5", "value out of range"),
    one_bad("overflow by exponent", b"2021-03-04,010121,CN,1e400,5", "value out of range"),
    one_bad("overflow of an integer", b"2021-03-04,010121,CN,1.00,9223372036854775808", "quantity out of range"),
    one_bad("fraction in an integer", b"2021-03-04,010121,CN,1.00,5.5", "quantity malformed"),
    one_bad("date that does not exist", b"2021-02-30,010121,CN,1.00,5", "day out of range"),
    one_bad("date in another order", b"04/03/2021,010121,CN,1.00,5", "day malformed"),
    one_bad("date out of range", b"1999-12-31,010121,CN,1.00,5", "day out of range"),
    one_bad("bad HS", b"2021-03-04,01012A,CN,1.00,5", "hs malformed"),
    one_bad("HS without its zero", b"2021-03-04,10121,CN,1.00,5", "hs malformed"),
    one_bad("missing mandatory value", b"2021-03-04,010121,CN,,5", "value missing"),
    one_bad("missing mandatory date", b",010121,CN,1.00,5", "day missing"),
    one_bad("blanks only where a value is mandatory", b"2021-03-04,010121,CN,   ,5", "value missing"),
    one_bad("code not in list", b"2021-03-04,010121,XX,1.00,5", "origin not in its code list", source=LISTED),
    one_bad("code expired on date", b"1995-03-04,010121,SU,1.00,5", "origin not valid on its date", source=LISTED),
    one_bad("code not yet valid", b"1990-03-04,010121,RU,1.00,5", "origin not valid on its date", source=LISTED),
    one_bad("several faults count once", b"2021-02-30,01012A,CN,x,5.5", "day out of range"),
    one_bad("record too long", b"2021-03-04,010121," + b"x" * 5000 + b",1.00,5", "record too long",
            source=source("record-limit = 1KiB\n"), three_ranks=True),
    Case("long records, plain", {"a.csv": long_records()}, source=LONG, kept=24, value="24.00", options=IN_BLOCKS,
         three_ranks=True),
    Case("long records, compressed", {"a.csv.gz": gz(long_records()), "b.csv.zst": zstd(long_records())}, source=LONG,
         texts={"a.csv.gz": long_records(), "b.csv.zst": long_records()}, kept=48, options=IN_BLOCKS, three_ranks=True),
    Case("bad quote in a line longer than many blocks", {"a.csv": long_records(b'2021-03-04,010121,"C"N' + b"x" * 3_000_000 + b",1,5\n")},
         source=LONG, kept=24, rejects=[("text after a closing quote", 14)], options=IN_BLOCKS, three_ranks=True),
    Case("line longer than the limit and many blocks", {"a.csv": long_records(b"2021-03-04,010121," + b"x" * 3_000_000 + b",1,5\n")},
         source=source("record-limit = 2MiB\n"), kept=24, rejects=[("record too long", 14)], options=IN_BLOCKS, three_ranks=True),
    Case("order rule violated",
         {"a.csv": b"lodged,day,hs,origin,value,quantity\n2021-03-05,2021-03-04,010121,CN,1.00,5\n"
                   b"2021-03-03,2021-03-04,010121,CN,2.00,5\n"},
         source=DATED, kept=1, value="2.00", rejects=[("lodged greater than day", 2)]),
    Case("unclosed quote at end of file", {"a.csv": table(ROW, ROW, b'2021-03-04,010121,"CN,1.00,5')},
         kept=2, rejects=[("quote not closed", 4)], three_ranks=True),
    Case("unclosed quote in the middle", {"a.csv": HEADER + b"".join(MESS)}, kept=80_000, value="80000.00",
         rejects=[("quote not closed", 40_002)], options=["--ingest.block-size", "1MiB"], three_ranks=True),
    Case("quote mess with quoted rows after it",
         {"a.csv": HEADER + b"".join(many(30_000)) + b'2021-03-04,010121,"CN,1.00,5\n'
                   + b"".join(many(50_000, b'"CN"'))},
         kept=80_000, rejects=[("text after a closing quote", 30_002)], options=["--ingest.block-size", "1MiB"],
         three_ranks=True),
    Case("100 MB line", {"a.csv": table(ROW) + b"x" * 100_000_000 + b"\n" + ROW * 2}, kept=3,
         rejects=[("record too long", 3)], says=["record too long"]),
    Case("line across many blocks", {"a.csv": table(*many(30_000)) + b"x" * 7_000_000 + b"\n" + b"".join(many(30_000))},
         kept=60_000, rejects=[("record too long", 30_002)], options=["--ingest.block-size", "1MiB"],
         three_ranks=True),
    Case("line without an end", {"a.csv": table(ROW) + b"x" * 3_000_000}, kept=1, rejects=[("record too long", 3)]),
    Case("a bad record in every hundred",
         {"a.csv": HEADER + b"".join(row if i % 100 else b"2021-03-04,010121,CN,oops,%d\n" % i
                                     for i, row in enumerate(many(90_000)))},
         kept=89_100, rejects=[("value malformed", i + 2) for i in range(0, 90_000, 100)],
         options=["--ingest.block-size", "1MiB"], three_ranks=True),
    Case("every record is rejected", {"a.csv": table(*[b"2021-03-04,010121,CN,x,5\n"] * 3)}, kept=0,
         rejects=[("value malformed", line) for line in (2, 3, 4)], three_ranks=True),
    Case("faults in two files", {"a.csv": table(ROW, b"x"), "b.csv": table(b"y", ROW)}, kept=2,
         rejects=[("wrong field count", 3), ("wrong field count", 2)], says=["all files"], three_ranks=True),

    # Records that are counted apart, and texts that look odd but are sound.
    Case("duplicate rows", {"a.csv": table(ROW, ROW, *many(2), ROW)}, source=source("duplicates = row\n"), kept=3,
         duplicate=2, value="102.00"),
    Case("duplicate rows across files", {"a.csv": table(*many(9)), "b.csv": table(*many(9))},
         source=source("duplicates = row\n"), kept=9, duplicate=9, three_ranks=True),
    Case("duplicate keys", {"a.csv": table(ROW, ROW.replace(b"100", b"7"), b"2021-03-04,010121,CN,1.00,6")},
         source=KEYED, kept=2, duplicate=1, value="101.00"),
    Case("superseded versions", {"a.csv": table(ROW, ROW.replace(b"03-04", b"03-05"), b"2021-03-04,010121,CN,1.00,6")},
         source=VERSIONED, kept=2, superseded=1, value="101.00", three_ranks=True),
    Case("filtered records", {"a.csv": table(ROW, ROW.replace(b"CN", b"DE"))}, filtered=1, kept=1,
         source=SOURCE + "[rules]\nkeep.origin = DE\n"),
    Case("filter on a cell that cannot be read", {"a.csv": table(ROW, ROW.replace(b",5", b",x"), ROW.replace(b",5", b",6"))},
         kept=1, filtered=1, rejects=[("quantity malformed", 3)], source=SOURCE + "[rules]\nkeep.quantity = 5\n"),
    Case("field name in Latin-1", {"a.csv": table(ROW).replace(b"quantity", b"Quantit\xe9")}, kept=1,
         source=source("encoding = latin-1\n", quantity="names = Quantité\n")),
    Case("mark of a missing value in Latin-1", {"a.csv": table(ROW, b"2021-03-04,010121,CN,1.00,n\xe3o", b"2021-03-04,010121,CN,1.00,nao")},
         kept=2, rejects=[("quantity malformed", 4)], source=source("encoding = latin-1\n", quantity="missing = não\n")),
    Case("thousands marks in whole numbers", {"a.csv": table(b'2021-03-04,010121,CN,1.00,"1,234,567"', b'2021-03-04,010121,CN,1.00,"1,23"')},
         kept=1, rejects=[("quantity malformed", 3)], source=source(quantity="thousands-mark = ,\n")),
    Case("period that is no year and no month", {"a.csv": table(ROW, ROW.replace(b",5", b",201913"), ROW.replace(b",5", b",201912"))},
         rejects=[("quantity out of range", 3)], kept=2, source=source(quantity="mandatory = true\n").replace("year(day)", "year(quantity)")),
    Case("partition that cannot name a folder", {"a.csv": table(ROW, ROW.replace(b"CN", b"C/N"), ROW.replace(b"CN", b"rejects"))},
         rejects=[("origin malformed", 3), ("origin malformed", 4)], kept=1, source=source(origin="mandatory = true\n").replace("year(day)", "origin")),
    Case("byte-order mark", {"a.csv": b"\xEF\xBB\xBF" + table(ROW, ROW)}, kept=2),
    Case("CRLF", {"a.csv": table(ROW, b"2021-03-04,010121,CN", ROW).replace(b"\n", b"\r\n")}, kept=2,
         rejects=[("wrong field count", 3)], three_ranks=True),
    Case("LF and CRLF mixed", {"a.csv": table(ROW, ROW[:-1] + b"\r\n", ROW)}, kept=3),
    Case("no line end at the end", {"a.csv": table(ROW, ROW)[:-1]}, kept=2),
    Case("blank lines", {"a.csv": table(ROW, b"\n", b"\r\n", ROW)}, kept=2),
    Case("header in the middle", {"a.csv": table(ROW, HEADER, ROW)}, kept=2, rejects=[("day malformed", 3)]),
    Case("declared marks", {"a.csv": table(b'2021-03-04,010121,CN,"1.234,50",5')}, kept=1, value="1,234.50".replace(",", ""),
         source=source("decimal-mark = ,\nthousands-mark = .\n")),
    Case("excess digits are rounded and told", {"a.csv": table(b"2021-03-04,010121,CN,1.005,5")}, kept=1, value="1.00",
         says=["rounding: 1 values"]),
    Case("quoted lines across blocks", {"a.csv": HEADER + (b"".join(many(500)) + LONG_QUOTED) * 150}, kept=75_150,
         options=["--ingest.block-size", "1MiB"], three_ranks=True),
    Case("header only", {"a.csv": HEADER}, kept=0, three_ranks=True),
    Case("header without a line end", {"a.csv": HEADER[:-1]}, kept=0),
    Case("plain text named .gz", {"a.csv.gz": table(ROW, ROW)}, kept=2),
    Case("several gzip members", {"a.csv.gz": gz(table(ROW)) + gz(ROW * 4)}, kept=5,
         texts={"a.csv.gz": table(ROW) + ROW * 4}),
    Case("faults in gzip across blocks", {"a.csv.gz": gz(HEADER + b"".join(MESS))}, kept=80_000,
         texts={"a.csv.gz": HEADER + b"".join(MESS)}, rejects=[("quote not closed", 40_002)],
         options=["--ingest.block-size", "1MiB"], three_ranks=True),
    Case("faults in zstd across blocks", {"a.csv.zst": zstd(HEADER + b"".join(MESS))}, kept=80_000,
         texts={"a.csv.zst": HEADER + b"".join(MESS)}, rejects=[("quote not closed", 40_002)],
         options=["--ingest.block-size", "1MiB"]),

    # Files that are not what they should be.
    Case("empty file", {"a.csv": b""}, code=DATA, says=["a.csv", "empty"], three_ranks=True),
    Case("empty file among good ones", {**GOOD, "b.csv": b""}, code=DATA, says=["b.csv", "empty"]),
    Case("empty gzip file", {"a.csv.gz": b""}, code=DATA, says=["a.csv.gz"]),
    Case("gzip of nothing", {"a.csv.gz": gz(b"")}, code=DATA, says=["a.csv.gz", "empty"]),
    Case("truncated gzip", {"a.csv.gz": gz(BIG)[:-2000]}, code=DATA, three_ranks=True,
         says=["a.csv.gz", "damaged", "ends before its end mark", "fetch the file again"]),
    Case("gzip cut in its first bytes", {"a.csv.gz": gz(BIG)[:7]}, code=DATA, says=["a.csv.gz", "damaged"]),
    Case("gzip with a flipped byte", {"a.csv.gz": gz(BIG)[:150_000] + b"\xAA\x55\xAA" + gz(BIG)[150_003:]}, code=DATA,
         says=["a.csv.gz", "damaged"]),
    Case("gzip with a wrong checksum", {"a.csv.gz": gz(BIG)[:-8] + b"\0\0\0\0" + gz(BIG)[-4:]}, code=DATA,
         says=["a.csv.gz", "damaged", "check"]),
    Case("gzip with trailing garbage", {"a.csv.gz": gz(BIG) + b"garbage"}, code=DATA, says=["a.csv.gz", "damaged"]),
    Case("truncated zstd", {"a.csv.zst": zstd(BIG)[:-2000]}, code=DATA, three_ranks=True,
         says=["a.csv.zst", "damaged", "ends before its end mark"]),
    Case("zstd with trailing garbage", {"a.csv.zst": zstd(BIG) + b"garbage"}, code=DATA,
         says=["a.csv.zst", "damaged"]),
    Case("truncated gzip after a good file", {**GOOD, "b.csv.gz": gz(BIG)[:-2000]}, code=DATA,
         says=["b.csv.gz", "damaged"], three_ranks=True),
    Case("gzip not named so", {"a.csv": gz(table(ROW))}, code=DATA, says=["a.csv", "gzip"]),
    Case("zip file", {"a.csv": b"PK\x03\x04" + bytes(60) + gz(BIG)}, code=DATA, says=["a.csv", "zip"]),
    Case("UTF-16 with a mark", {"a.csv": table(ROW).decode().encode("utf-16")}, code=DATA, says=["a.csv", "UTF-16"],
         three_ranks=True),
    Case("UTF-16 without a mark", {"a.csv": table(ROW).decode().encode("utf-16-le")}, code=DATA,
         says=["a.csv", "UTF-16"]),
    Case("lines ended by CR alone", {"a.csv": table(ROW, ROW).replace(b"\n", b"\r")}, code=DATA,
         says=["a.csv", "CR alone"]),
    Case("binary file", {"a.csv": bytes(range(256)) * 40}, code=DATA, says=["a.csv", "the header does not fit"]),
    Case("header name of 100 KB", {"a.csv": b"day," + b"y" * 100_000 + b",hs\n"}, code=DATA,
         says=["a.csv", "the header does not fit: 3 faults", "yyy ..."]),
    Case("100 MB line as header", {"a.csv": b"x" * 100_000_000}, code=DATA, says=["a.csv", "1 MiB"]),
    Case("unclosed quote in the header", {"a.csv": b'day,"hs,origin,value,quantity\n' + ROW * 3}, code=DATA,
         says=["a.csv", "header"]),
    Case("another delimiter", {"a.csv": table(ROW).replace(b",", b";")}, code=DATA,
         says=["a.csv", "the header does not fit: the delimiter is ',' but the first line has ';'"]),
    Case("duplicate header name", {"a.csv": b"day,hs,origin,value,value\n" + ROW}, code=DATA,
         says=["a.csv", "column 'value': 2 fields could be it: 4", "column 'quantity'"], three_ranks=True),
    Case("missing column", {"a.csv": b"day,hs,origin,valeu,quantity\n" + ROW}, code=DATA,
         says=["a.csv", "column 'value': no field is named 'value'. Did you mean 'valeu'?",
                                "add the name to `names` of [column value] in source.ini"]),
    Case("no header line", {"a.csv": ROW * 3}, code=DATA,
         says=["a.csv", "no field of the first line is known: is there a header line?"]),
    Case("field nobody reads, strictly", {"a.csv": b"day,hs,origin,value,quantity,more\n"}, code=DATA,
         source=source("strict-header = true\n"), says=["a.csv", "no column reads the field 'more'"]),
    Case("faults in two headers are told at once", {"a.csv": b"x\n", "b.csv": b""}, code=DATA, says=["a.csv", "b.csv"]),

    # Places that cannot be read or written.
    Case("missing file", {}, command=INGEST + ["gone.csv"], code=STORAGE, three_ranks=True,
         says=["gone.csv: No such file or directory (check the path)"]),
    Case("directory instead of a file", {}, command=INGEST + ["folder"], before=make("folder"), code=STORAGE,
         says=["folder: Is a directory (name the files in it)"]),
    Case("pipe nobody writes to", {}, command=INGEST + ["pipe.csv"], before=fifo, code=STORAGE,
         says=["pipe.csv", "not a regular file"], three_ranks=True),
    Case("device instead of a file", {}, command=INGEST + ["/dev/zero"], code=STORAGE,
         says=["/dev/zero", "not a regular file"]),
    Case("same file twice", GOOD, options=["a.csv"], code=USAGE, says=["a.csv", "twice"]),
    Case("unreadable file", GOOD, before=mode("a.csv", 0), ordinary_user=True, code=STORAGE,
         says=["a.csv: Permission denied (ask its owner"], three_ranks=True),
    Case("unreadable directory", {}, command=INGEST + ["locked/a.csv"], before=then(make("locked"), mode("locked", 0)),
         after=mode("locked", 0o755), ordinary_user=True, code=STORAGE, says=["locked/a.csv: Permission denied"]),
    Case("read-only archive", GOOD, code=STORAGE, says=["archive", "Permission denied"], three_ranks=True,
         **locked_folder("archive")),
    Case("archive that cannot be listed", GOOD, code=STORAGE, says=["archive", "Permission denied"],
         ordinary_user=True, before=then(make("archive/trade"), mode("archive", 0)), after=mode("archive", 0o755)),
    Case("read-only scratch folder", GOOD, options=["--ingest.scratch", "scratch"], code=STORAGE,
         says=["scratch", "Permission denied"], **locked_folder("scratch")),
    Case("file in the place of the archive", GOOD, before=make("archive", is_folder=False), code=STORAGE,
         says=["archive", "Not a directory"]),
    Case("file in the place of the table", GOOD, before=make("archive/trade", is_folder=False), code=STORAGE,
         says=["archive/trade"]),
    Case("file in the place of a partition", GOOD, before=make("archive/trade/2021", is_folder=False), code=STORAGE,
         says=["trade/2021"]),
    Case("file in the place of the rejects", {"a.csv": table(ROW, b"x")}, code=STORAGE, says=["trade/rejects"],
         before=make("archive/trade/rejects", is_folder=False)),
    Case("full disk", {"a.csv": BIG}, code=STORAGE, says=["archive", "No space left on device"], three_ranks=True,
         **small_disk("archive", 256)),
    Case("full disk while rejects are written", {"a.csv": table(ROW, *[b"x" * 900 + b"\n"] * 1000)}, code=STORAGE,
         says=["rejects", "No space left on device"], options=["--ingest.scratch", "scratch"],
         **small_disk("archive", 512)),
    Case("full scratch disk", {"a.csv": BIG}, code=STORAGE, options=["--ingest.scratch", "scratch"],
         says=["scratch", "No space left on device"], **small_disk("scratch", 128)),
    # The limit leaves room for the files of MPI itself.
    Case("quota on the size of a file", {"a.csv": table(ROW, *[b"x" * 90_000] * 250)}, code=STORAGE,
         says=["archive", "File too large"], file_limit=16 << 20),

    # Command lines and source files.
    Case("unknown job", {}, command=["injest", "a.csv"], code=USAGE, says=["injest", "ingest"], three_ranks=True),
    Case("unknown option", GOOD, options=["--ingest.sorce", "x"], code=USAGE, says=["sorce", "ingest.source"]),
    Case("no files", {}, code=USAGE, says=["no files given"]),
    Case("no source", {}, command=["ingest", "a.csv"], code=USAGE, says=["ingest.source"]),
    Case("block size out of range", GOOD, options=["--ingest.block-size", "1KiB"], code=USAGE,
         says=["ingest.block-size", "256KiB"]),
    Case("text for a number", GOOD, options=["--ingest.shard-rows", "many"], code=USAGE,
         says=["ingest.shard-rows", "many"]),
    Case("missing config file", GOOD, options=["--config", "gone.ini"], code=USAGE,
         says=["gone.ini: No such file or directory"]),
    Case("missing source file", GOOD, source=None, code=STORAGE, says=["source.ini: No such file or directory"],
         three_ranks=True),
    Case("directory as source file", GOOD, source=None, before=make("source.ini"), code=STORAGE,
         says=["source.ini: is a folder"]),
    Case("empty source file", GOOD, source="", code=USAGE,
         says=["source 'source'", "[source]: the section is missing"]),
    Case("unknown source key", GOOD, source=source("delimeter = ;\n"), code=USAGE,
         says=["source.ini: source 'source'", "line 5", "delimeter", "'delimiter'"], three_ranks=True),
    Case("unknown kind", GOOD, source=SOURCE.replace("kind = integer", "kind = integr"), code=USAGE,
         says=["[column quantity] kind", "integr", "integer"]),
    Case("three faults of a source at once", GOOD,
         source=source("partition = year(dya)\ndelimiter = x\n", quantity="scale = 2\n"), code=USAGE,
         says=["3 faults", "line 5", "line 6", "delimiter", "scale"]),
    Case("key that is no column", GOOD, source=source("duplicates = key\nkey = quantiti\n"), code=USAGE,
         says=["quantiti", "'quantity'"]),
    Case("missing code list", GOOD, source=source(origin="codes = @gone.csv\n"), code=STORAGE,
         says=["source.ini: line ", "[column origin] codes: there is no code list gone.csv in .,"]),
    Case("binary source file", GOOD, source="\0\x01\x02 = \x03\n", code=USAGE,
         says=["source 'source'", "line 1"]),
    Case("vintage with a path in its name", GOOD, options=["--ingest.vintage", "../v"], code=USAGE,
         says=["../v", "vintage"]),

    # Archives that are there already.
    Case("vintage clash", {"b.csv": table(ROW)}, options=["--ingest.vintage", "first"], code=USAGE,
         before=run_before(*INGEST, "--ingest.vintage", "first", "a.csv", a_csv=table(ROW, ROW)),
         says=["vintage first", "--redo"], three_ranks=True),
    Case("the same delivery again", GOOD, before=run_before(*INGEST, "a.csv"), writes=False,
         says=["already", "nothing to do"]),
    Case("the same delivery by another description", GOOD, code=USAGE,
         before=then(run_before(*INGEST, "a.csv"),
                     lambda folder: (folder / "data" / "source.ini").write_text(source(quantity="range = 0..\n"))),
         says=["vintage v0001", "another source", "--redo"]),
    Case("a delivery of the same name and size", {"a.csv": table(ROW.replace(b"100", b"999"))}, kept=1, value="999.00",
         before=then(run_before(*INGEST, "a.csv", a_csv=table(ROW)),
                     lambda folder: (folder / "data" / "a.csv").write_bytes(table(ROW.replace(b"100", b"999"))))),
    Case("vintage another run is at work on", GOOD, options=["--ingest.scratch", "../scratch"], code=USAGE, before=claimed_scratch,
         says=["scratch/.ingest-trade-v0001: another run is writing it: process 7 on n9 (Slurm job 3)", "vintage"]),
    Case("leftovers of a killed run", GOOD, before=leftovers, kept=3, three_ranks=True),
    Case("manifest that is no JSON", GOOD, before=broken_manifest(b"{ \"format\": "), code=STORAGE,
         says=["v0001.json"]),
    Case("manifest of zeros", GOOD, before=broken_manifest(bytes(512)), code=STORAGE, says=["v0001.json"],
         three_ranks=True),
    Case("check of a faulty file writes nothing", {"a.csv": table(ROW, b"x")}, options=["--check"], writes=False,
         says=["wrong field count", "nothing was written"], three_ranks=True),
]
