#!/bin/sh
# tarifa verify finds one flipped byte, a file cut short, a missing file and a missing partition, and names each;
# tarifa describe prints what is there.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$WRITE_ARCHIVE" "$folder/good"

fail()
{
  echo "FAILED: $*" >&2
  exit 1
}

# expect CODE TEXT ARCHIVE: the exit code, and that the findings have the text.
expect()
{
  code=0
  $MPIRUN -n 2 "$TARIFA" verify "$3" > "$folder/out" 2> "$folder/err" || code=$?
  [ "$code" = "$1" ] || { cat "$folder/out" "$folder/err"; fail "exit code $code instead of $1 ($2)"; }
  grep -q "$2" "$folder/out" || { cat "$folder/out" "$folder/err"; fail "no '$2'"; }
}

# flip FILE BYTE: one bit of that byte.
flip()
{
  /usr/bin/python3 - "$1" "$2" << 'END'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2]))
    byte = f.read(1)[0]
    f.seek(int(sys.argv[2]))
    f.write(bytes([byte ^ 4]))
END
}

fresh()
{
  rm -rf "$folder/bad"
  cp -r "$folder/good" "$folder/bad"
}

expect 0 "^trade  *7,550 rows  *[0-9,]* bytes   2 vintages, 4 partitions, 5 parts: parts whole$" "$folder/good"
expect 0 "^declarations  *123 rows  *[0-9,]* bytes   1 vintage, 1 partition, 1 part: parts whole$" "$folder/good"

expect 0 "^revised  *7,023 rows  *[0-9,]* bytes   3 vintages, 3 partitions, 4 parts, 7 superseded rows: parts whole$" \
  "$folder/good"

# One flipped bit, wherever it is: the head of the file, a chunk, the index at the end.
part=trade/2019/2024-01/part-0001.h5
size=$(stat -c %s "$folder/good/$part")
for at in 9 1000 $((size / 3)) $((size / 2)) $((size - 40)); do
  fresh
  flip "$folder/bad/$part" "$at"
  expect 4 "$part: digest is" "$folder/bad"
done

# A flipped bit inside a chunk is traced to its shard and column.
fresh
at=$(/usr/bin/python3 - "$folder/bad/$part" << 'END'
import h5py, sys
with h5py.File(sys.argv[1]) as f:
    columns = [n.decode() for n in f["index/columns"][:]]
    print(int(f["index/chunks"][columns.index("value"), 3, 0]) + 40)
END
)
flip "$folder/bad/$part" "$at"
expect 4 "$part: shard 3, column value: .*checksum" "$folder/bad"

fresh
truncate -s $((size / 2)) "$folder/bad/$part"
expect 4 "$part: has $((size / 2)) bytes, but the manifest has $size" "$folder/bad"

fresh
rm "$folder/bad/$part"
expect 4 "$part: the file is missing" "$folder/bad"

fresh
rm -r "$folder/bad/trade/2020"
expect 4 "partition 2020 of vintage 2024-01 is missing (1 part, 250 rows)" "$folder/bad"

fresh
printf '{"table": 1' > "$folder/bad/trade/manifests/2024-02.json"
expect 4 "manifests/2024-02.json: is cut short or damaged: byte 12 of 11 cannot be read on" "$folder/bad"
grep -q exception "$folder/out" && fail "the words of a library in a finding"
grep -q "^trade .*: 1 manifest missing or damaged; of the others parts whole$" "$folder/out" || { cat "$folder/out"; fail "the line of the table"; }
grep -q "^What to do: restore what is named from a copy, or ingest its delivery again" "$folder/out" || fail "not what to do"
grep -q "archive $folder/bad is damaged: 1 finding$" "$folder/err" || { cat "$folder/err"; fail "the last line"; }

# A manifest that says other than the parts do.
fresh
sed -i '0,/"minimum"/s/201001/201002/' "$folder/bad/trade/manifests/2024-01.json"
/usr/bin/python3 - "$folder/bad/trade/manifests/2024-01.json" << 'END'
import json, sys
m = json.load(open(sys.argv[1]))
m["partitions"][0]["parts"][0]["maximum"][[c["name"] for c in m["columns"]].index("period")] += 1
json.dump(m, open(sys.argv[1], "w"))
END
expect 4 "part-0000.h5: column period: minimum 201001, maximum 201012, missing 0, but the manifest has" "$folder/bad"

# Flags of superseded rows: a flipped bit anywhere, the file gone, the rows they are about gone or others.
flags=revised/2019/2024-03/superseded.h5
size=$(stat -c %s "$folder/good/$flags")
for at in 9 700 $((size / 2)) $((size - 40)); do
  fresh
  flip "$folder/bad/$flags" "$at"
  expect 4 "$flags: digest is" "$folder/bad"
  grep -q "^revised .*: [1-9][0-9]* findings* in parts$" "$folder/out" || fail "no finding counted"
done
# In a chunk: every flag of it is checked.
fresh
at=$(/usr/bin/python3 - "$folder/bad/$flags" << 'END'
import h5py, sys
with h5py.File(sys.argv[1]) as f:
    names = [n.decode() for n in f["index/parts"][:]]
    assert names == ["2024-01/part-0000", "2024-02/part-0000"]
    assert list(f["superseded/2024-01/part-0000"][:].nonzero()[0]) == [6]
    assert list(f["superseded/2024-02/part-0000"][:].nonzero()[0]) == [19]
    print(int(f["index/chunks"][-1, 0]) + 21)
END
)
flip "$folder/bad/$flags" "$at"
expect 4 "$flags: vintage 2024-02, part 0, shard 0: .*checksum" "$folder/bad"
fresh
rm "$folder/bad/$flags"
expect 4 "$flags: the file is missing" "$folder/bad"
fresh
rm "$folder/bad/revised/manifests/2024-02.json"
expect 4 "vintage 2024-03 of table revised supersedes rows of partition 2019, vintage 2024-02, part-0000.h5, which is not there" \
  "$folder/bad"
# A second vintage that names a row of the first.
fresh
cp "$folder/bad/revised/2019/2024-02/superseded.h5" "$folder/bad/$flags"
/usr/bin/python3 - "$folder/bad/revised/manifests" << 'END'
import json, sys
one, two = (json.load(open(f"{sys.argv[1]}/2024-0{n}.json")) for n in (2, 3))
two["superseded"] = one["superseded"]
json.dump(two, open(f"{sys.argv[1]}/2024-03.json", "w"))
END
expect 4 "$flags: vintage 2024-01, part 0, shard 0: a row is superseded that another vintage superseded before" "$folder/bad"

# A manifest that is lost: one of two, and the only one of a table.
fresh
rm "$folder/bad/trade/manifests/2024-02.json"
expect 4 "^$folder/bad/trade/manifests/2024-02.json: is missing, but 1 partition of the vintage stand .*ingest again or restore" "$folder/bad"
fresh
rm -r "$folder/bad/declarations/manifests"
expect 4 "^declarations  *0 rows .*: 1 manifest missing or damaged$" "$folder/bad"

# What a killed run leaves before it publishes, and files no manifest names, are told and are no fault.
fresh
mkdir -p "$folder/bad/trade/2019/.2024-09.pending" "$folder/bad/trade/2019/2024-09"
cp "$folder/bad/$part" "$folder/bad/trade/2019/.2024-09.pending/part-0000.h5"
cp "$folder/bad/$part" "$folder/bad/trade/2019/2024-01/part-0009.h5"
expect 0 "^trade  *.* 2 vintages, .*: parts whole$" "$folder/bad"
grep -q "2019/.2024-09.pending: belongs to a vintage without a manifest" "$folder/err" || fail "no notice of a vintage"
grep -q "2019/2024-09: belongs to a vintage without a manifest" "$folder/err" || fail "no notice of an empty folder"
grep -q "part-0009.h5: no manifest names it" "$folder/err" || fail "no notice of a file"

# Values and counts of a manifest that somebody changed: the rows and the balance sheet know better.
cat > "$folder/source.ini" << 'INI'
[source]
table = sold
duplicates = key
key = id
balance-value = value

[column id]
kind = integer
mandatory = true

[column value]
kind = decimal
scale = 2
unit = USD
INI
printf 'id,value\n1,10.25\n2,-3.50\n3,\n4,x\n' > "$folder/a.csv"
printf 'id,value\n2,4.00\n5,90000000000000000.00\n6,90000000000000000.00\n' > "$folder/b.csv"
for file in a b; do
  "$TARIFA" ingest --ingest.source "$folder/source.ini" --ingest.archive "$folder/sold" --ingest.shard-rows 2 "$folder/$file.csv" \
    > "$folder/out" 2>&1 || { cat "$folder/out"; fail "ingest of $file.csv"; }
done
expect 0 "^sold  *5 rows .*1 superseded row.*: parts whole$" "$folder/sold"
# changed VINTAGE STATEMENT TEXT: the finding after the statement has changed the manifest m.
changed()
{
  rm -rf "$folder/bad"
  cp -r "$folder/sold" "$folder/bad"
  /usr/bin/python3 - "$folder/bad/sold/manifests/$1.json" "$2" << 'END'
import json, sys
m = json.load(open(sys.argv[1]))
exec(sys.argv[2])
json.dump(m, open(sys.argv[1], "w"))
END
  expect 4 "sold/manifests/$1.json: $3" "$folder/bad"
}
changed v0001 'm["value"]["kept"] = "676"' "value: column value of the rows adds up to 675 stored units, but the manifest has 676"
changed v0002 'm["value"]["kept"] = m["balance"]["total"]["kept"]["value"] = "7"' "value: column value of the rows adds up to 18000000000000000400 "
changed v0002 'm["value"]["superseded"] = "1"' "value: superseded is 1, but the balance has -350"
changed v0001 'm["sources"][0]["records"] += 1' "balance: records read from a.csv: 4, but 5 records of the source"
changed v0001 'm["balance"]["total"]["read"]["records"] += 1' "balance: records read: 5, but 4 records"
changed v0001 'm["balance"]["total"]["rejected"] = {}' "balance: records read: 4, but 3 records kept, left out and rejected"
changed v0001 'm["balance"]["total"]["kept"]["records"] = 2' "balance: records kept: 2, but 3 rows"
changed v0001 'del m["balance"]["total"]["kept"]' "balance: a line or a number of it is missing"

# No archive at all, or a folder too high or too low.
mkdir "$folder/empty" "$folder/above"
cp -r "$folder/good" "$folder/above/good"
no="no archive here (no folder with manifests)"
for job in verify describe; do
  for case in "nowhere: is not a folder" "empty: $no" "above: $no. Did you mean $folder/above/good?" \
    "above/good/trade: $no. Did you mean $folder/above/good?"; do
    code=0
    "$TARIFA" "$job" "$folder/${case%%: *}" > "$folder/out" 2> "$folder/err" || code=$?
    [ "$code" = 2 ] && grep -qF "$folder/$case" "$folder/err" || { cat "$folder/out" "$folder/err"; fail "$job: $case: $code"; }
    [ ! -s "$folder/out" ] && ! grep -q warning "$folder/err" || { cat "$folder/err"; fail "$job says more of $case"; }
  done
done

# Rejects are for their owner: another user has the rest checked.
fresh
mkdir -p "$folder/bad/trade/rejects"
echo records > "$folder/bad/trade/rejects/2024-01.csv"
/usr/bin/python3 - "$folder/bad/trade/manifests/2024-01.json" << 'END'
import json, sys
m = json.load(open(sys.argv[1]))
m["rejects"] = {"bytes": 8, "digest": "0" * 32}
json.dump(m, open(sys.argv[1], "w"))
END
expect 4 "rejects/2024-01.csv: digest is" "$folder/bad"
chmod -R a+rX "$folder"
chmod 600 "$folder/bad/trade/rejects/2024-01.csv"
mkdir -m 777 "$folder/nobody"
as_nobody() { TMPDIR="$folder/nobody" HOME="$folder/nobody" setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
if as_nobody "$TARIFA" version > "$folder/out" 2> "$folder/err"; then
  code=0
  as_nobody "$TARIFA" verify "$folder/bad" > "$folder/out" 2> "$folder/err" || code=$?
  [ "$code" = 0 ] && grep -q "rejects/2024-01.csv: not checked: only its owner may read it" "$folder/err" \
    || { cat "$folder/out" "$folder/err"; fail "another user: $code"; }
else
  echo "not tested: verify as another user, since this user cannot become one (setpriv)"
fi

"$TARIFA" describe "$folder/good" > "$folder/out"
grep -q "^trade: 7,550 rows in 76 shards and 4 parts; vintages 2024-01, 2024-02" "$folder/out" || { cat "$folder/out"; fail describe; }
grep -Eq "^  hs6 +hs6 +[0-9]{6} +[0-9]{6} " "$folder/out" || { cat "$folder/out"; fail "describe: hs6"; }
grep -Eq "^  value +decimal\(3\) +USD +-?[0-9]+\.[0-9]{3} +[0-9]+\.[0-9]{3} " "$folder/out" || { cat "$folder/out"; fail "describe: value"; }
grep -q "^revised: 7,023 rows in " "$folder/out" || { cat "$folder/out"; fail "describe: live rows"; }
grep -q "^7 superseded rows are left out: 5 by 2024-02, 2 by 2024-03$" "$folder/out" || { cat "$folder/out"; fail "describe: by"; }
grep -Eq "^  2019 +2024-01 +6,994 +6 " "$folder/out" || { cat "$folder/out"; fail "describe: superseded"; }
$MPIRUN -n 3 "$TARIFA" describe "$folder/good" | cmp - "$folder/out" || fail "describe differs with ranks"

# Stock readers see the same cells.
/usr/bin/python3 - "$folder/good" << 'END'
import h5py, json, sys
m = json.load(open(sys.argv[1] + "/trade/manifests/2024-01.json"))
for p in m["partitions"]:
    for part in p["parts"]:
        with h5py.File(f"{sys.argv[1]}/trade/{p['name']}/2024-01/{part['file']}") as f:
            assert f.attrs["rows"] == part["rows"] and f.attrs["partition"].decode() == p["name"]
            facts = zip(m["columns"], part["minimum"], part["maximum"], part["missing"])
            for name, low, high, missing in ((column["name"], *rest) for column, *rest in facts):
                cells = f["columns/" + name][:]
                assert len(cells) == part["rows"]
                if "validity/" + name in f:
                    valid = f["validity/" + name][:] == 1
                    assert (~valid).sum() == missing
                    cells = cells[valid]
                if len(cells):
                    assert cells.min() == low and cells.max() == high, name
                if name == "partner" and len(cells):
                    assert f["dictionaries/partner"][int(high)].decode("utf8").endswith("ü")
END
h5dump -H "$folder/good/$part" > /dev/null
h5dump -d /columns/value "$folder/good/$part" > /dev/null
