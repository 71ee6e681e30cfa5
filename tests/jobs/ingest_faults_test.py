"""Planted input faults for tarifa ingest: one line of the table per fault, judged by the same checks.

Every case must end within a minute, with the documented exit code and the words a person needs. Where records
are rejected, the rejects file must hold each one whole, with the right reason, line and byte range, and the
balance sheet must be even. Where the run fails, nothing may be left that looks finished. Some cases run on
three ranks of two threads too, where output, rejects and parts must be the same bytes.

Arguments are names of cases (all cases when there are none); --list prints the names.
"""

import csv
import io
import json
import os
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from ingest_faults_table import CASES, Skip  # noqa: E402

LIMIT_SECONDS = int(os.environ.get("FAULT_SECONDS", "60"))  # more only where the machine is starved
csv.field_size_limit(1 << 30)
NOBODY = 65534
# What a program says that was surprised: none of it helps a person.
SURPRISES = ["terminate called", "Segmentation", "signal ", "Assertion", "std::", "basic_string", "filesystem error",
             "what():", "vector::", "HDF5-DIAG", "H5F", "unknown exception"]


class Wrong(Exception):
    pass


def need(truth, text):
    if not truth:
        raise Wrong(text)


def limits_of(case):
    """Runs in the child, before the program starts."""
    def apply():
        if case.file_limit:
            # A shell does not ignore the signal of the limit, and neither does this test.
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_FSIZE, (case.file_limit, case.file_limit))
        if case.ordinary_user and os.getuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
    return apply if case.file_limit or case.ordinary_user else None


def run(case, folder, ranks):
    """(exit code, standard output, standard error) of one run in its folder."""
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                       OMPI_MCA_mpi_yield_when_idle="1", OMP_NUM_THREADS="1", OMP_WAIT_POLICY="passive",
                       OMPI_MCA_orte_tmpdir_base="/tmp", TMPDIR=str(folder / "tmp"))
    words = shlex.split(os.environ["MPIRUN"]) + ["-n", str(ranks)] if ranks > 1 else []
    words.append(os.environ["TARIFA"])
    words += case.words
    if ranks > 1 and case.words[0] == "ingest":
        words += ["--run.threads", "2"]  # the outcome depends on neither
    # A session of its own, so that a run that hangs is stopped with all its ranks.
    child = subprocess.Popen(words, cwd=folder / "data", env=environment, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
                             preexec_fn=limits_of(case))
    try:
        out, err = child.communicate(timeout=LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        raise Wrong(f"no end within {LIMIT_SECONDS} s on {ranks} ranks") from None
    return child.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")


def prepare(case, folder):
    for name in ("data", "tmp"):
        (folder / name).mkdir(parents=True)
    for name, content in case.files.items():
        (folder / "data" / name).write_bytes(content)
    if case.source is not None:
        (folder / "data" / "source.ini").write_text(case.source)
    if os.getuid() == 0 and case.ordinary_user:
        for path in [folder, folder / "data", folder / "tmp", *(folder / "data").iterdir()]:
            os.chown(path, NOBODY, NOBODY)
    if case.before is not None:
        case.before(folder)


def all_files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.exists() else []


def check_nothing_left(folder, known):
    """No scratch and no half-written file anywhere; `known` are the files that were there before."""
    for path in sorted((folder / "data").rglob("*")) + sorted((folder / "tmp").rglob("*")):
        name = path.name
        need(not name.startswith(".ingest-"), f"scratch is left: {path}")
        need(path in known or not name.endswith(".partial"), f"a half-written file is left: {path}")


def check_no_vintage(folder, known):
    for path in all_files(folder / "data" / "archive"):
        need(path in known, f"the failed run left {path}")


def check_whole_vintage(folder, known):
    """Exactly one new manifest, and the parts it names are the parts that are there."""
    archive = folder / "data" / "archive"
    fresh = [path for path in archive.glob("*/manifests/*.json") if path not in known]
    need(len(fresh) == 1, f"{len(fresh)} new manifests")
    manifest = json.loads(fresh[0].read_text())
    named = {one["name"] + "/" + fresh[0].stem + "/" + part["file"]
             for one in manifest["partitions"] for part in one["parts"]}
    table = fresh[0].parents[1]
    there = {str(path.relative_to(table)) for path in table.rglob("*.h5") if path.parts[-2] == fresh[0].stem}
    need(named == there, f"the manifest names {named}, there are {there}")
    return manifest


def sheet_line(out, name):
    """(bytes, records, value) of a line of the last balance sheet printed."""
    start = f"{name:<28}"
    lines = [line for line in out.splitlines() if line.startswith(start)]
    need(lines, f"no line '{name}' in the balance sheet")
    words = lines[-1][len(start):].replace(",", "").split()
    return int(words[0]), int(words[1]), words[2] if len(words) > 2 else None


def check_balance(case, out, manifest):
    texts = case.texts if case.texts is not None else case.files
    bytes_read, records, _ = sheet_line(out, "read")
    need(bytes_read == sum(len(content) for content in texts.values()),
         f"{bytes_read} bytes read, the files have {sum(len(c) for c in texts.values())}")
    need("balance ok" in out and "DOES NOT" not in out, "the balance sheet is not even")
    counts = {name: sheet_line(out, name)[1] for name in ("kept", "rejected", "duplicate", "superseded",
                                                                  "filtered")}
    wanted = {"kept": case.kept, "rejected": len(case.rejects), "duplicate": case.duplicate,
              "superseded": case.superseded, "filtered": case.filtered}
    need(counts == wanted, f"counts {counts}, expected {wanted}")
    need(records == sum(counts.values()), f"{records} records read, {sum(counts.values())} went somewhere")
    if case.value is not None:
        value = sheet_line(out, "kept")[2]
        need(value == case.value, f"value kept {value}, expected {case.value}")
    if manifest is not None:
        rows = sum(one["rows"] for one in manifest["partitions"])
        need(rows == case.kept, f"{rows} rows in the parts, {case.kept} kept")


def check_rejects(case, folder, known):
    """Every reject whole, at the bytes and the line it says, with the reasons expected in their order."""
    found = [path for path in (folder / "data" / "archive").glob("*/rejects/*") if path not in known]
    if not case.rejects:
        need(not found, f"nothing was rejected, but there is {found}")
        return
    need(len(found) == 1, f"files of rejects: {found}")
    rows = list(csv.reader(io.StringIO(found[0].read_bytes().decode("utf-8"), newline="")))
    need(rows[0] == ["reason", "file", "line", "first_byte", "last_byte", "encoding", "record"], f"head {rows[0]}")
    texts = case.texts if case.texts is not None else case.files
    got = []
    line_at = {name: [1, 0] for name in texts}  # line of a byte, counted on while the rejects go forward
    for reason, name, line, first, last, encoding, record in rows[1:]:
        raw = bytes.fromhex(record) if encoding == "hex" else record.encode("utf-8")
        original = texts[name]
        first, last = int(first), int(last)
        where = f"reject '{reason}' of line {line}"
        need(raw == original[first:last + 1], f"{where}: the record is not bytes {first} to {last} of {name}")
        known_line, known_byte = line_at[name] if first >= line_at[name][1] else (1, 0)
        true_line = known_line + original.count(b"\n", known_byte, first)
        line_at[name] = [true_line, first]
        need(int(line) == true_line, f"{where}: byte {first} is on line {true_line}")
        if reason != "rest of a rejected line":
            got.append((reason, int(line)))
    need(sorted(got) == sorted(case.rejects), f"rejects {sorted(got)}, expected {sorted(case.rejects)}")


def judge(case, folder, known, result):
    code, out, err = result
    need(code == case.code, f"exit code {code}, documented is {case.code}")
    for text in case.says:
        need(text in err + out, f"'{text}' is not said")
    for text in SURPRISES:
        need(text not in err + out, f"'{text}' is said")
    need(all(letter >= " " or letter in "\n\t" for letter in err + out), "control characters are printed")
    need(len(err) < 20_000, f"{len(err)} bytes of messages")
    check_nothing_left(folder, known)
    if code != 0:
        need(err.strip(), "fails without a word")
        need(not out.strip(), "a failed run speaks on standard output")
        check_no_vintage(folder, known)
    elif case.writes:
        manifest = check_whole_vintage(folder, known)
        check_balance(case, out, manifest)
        check_rejects(case, folder, known)
    else:
        check_no_vintage(folder, known)


def outcome_bytes(folder):
    archive = folder / "data" / "archive"
    return {str(path.relative_to(archive)): path.read_bytes() for path in all_files(archive)}


def clean(case, folder):
    if case.after is not None:
        case.after(folder)
    shutil.rmtree(folder, ignore_errors=True)


def run_case(case, parent):
    """Empty when the case is as it should be, else what is wrong."""
    outcomes = []
    for ranks in (1, 3) if case.three_ranks else (1,):
        folder = parent / f"{case.name.replace(' ', '-')}-{ranks}"
        result = (None, "", "")
        try:
            prepare(case, folder)
            known = set(all_files(folder / "data"))
            result = run(case, folder, ranks)
            judge(case, folder, known, result)
            outcomes.append((result[0], result[1], outcome_bytes(folder)))
        except Skip as reason:
            return f"skipped: {reason}"
        except Wrong as fault:
            talk = (result[1] + result[2]).strip().replace("\n", "\n    ")
            return f"on {ranks} ranks: {fault}\n    {talk[-3000:]}"
        finally:
            clean(case, folder)
    if len(outcomes) == 2:
        one, three = outcomes
        if one[:2] != three[:2]:
            return f"other output on three ranks:\n{one[1]}\n{three[1]}"
        if one[2].keys() != three[2].keys():
            return f"other files on three ranks: {sorted(one[2])} {sorted(three[2])}"
        for name in one[2]:
            if one[2][name] != three[2][name]:
                return f"{name} has other bytes on three ranks"
    return ""


def main():
    if "--list" in sys.argv:
        print("\n".join(case.name for case in CASES))
        return 0
    chosen = [case for case in CASES if not sys.argv[1:] or case.name in sys.argv[1:]]
    need(len({case.name for case in CASES}) == len(CASES), "two cases have one name")
    need(len(CASES) >= 40, "the table promises at least 40 faults")
    parent = Path(tempfile.mkdtemp(prefix="tarifa-faults-"))
    parent.chmod(0o755)
    wrong = skipped = 0

    def timed(case):
        start = time.monotonic()
        verdict = run_case(case, parent)
        return case, verdict, time.monotonic() - start

    try:
        with ThreadPoolExecutor(int(os.environ.get("FAULT_WORKERS", "2"))) as workers:
            for case, verdict, seconds in workers.map(timed, chosen):
                is_skipped = verdict.startswith("skipped")
                skipped += is_skipped
                wrong += bool(verdict) and not is_skipped
                state = verdict if is_skipped else "FAILED " + verdict if verdict else "ok"
                print(f"{case.name:<44} {seconds:5.1f} s  {state}", flush=True)
    finally:
        shutil.rmtree(parent, ignore_errors=True)
    print(f"{len(chosen)} faults: {len(chosen) - wrong - skipped} as documented, {skipped} skipped, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
