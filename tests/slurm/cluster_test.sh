#!/usr/bin/env bash
# A cluster of three nodes runs ingest, verify and mirror through sbatch: the same bytes as one process, failures with their exit codes,
# a lost node made good by Slurm, and scripts that tarifa plan wrote.
set -euo pipefail
# shellcheck source=tests/slurm/three_nodes.sh
source "$(dirname "${BASH_SOURCE[0]}")/three_nodes.sh"

"$TARIFA" synth --synth.folder data --synth.years 2 --synth.declarations 60000 --synth.trade 40000 --synth.seizures 100 2>synth.log
ingest_words=(ingest --ingest.source "$SOURCE/configs/sources/synth-trade.ini" --ingest.shard-rows 2048)
ingest_files=(data/trade-exports-*.csv data/trade-imports-*.csv)
"$TARIFA" "${ingest_words[@]}" --ingest.archive alone "${ingest_files[@]}" >alone.log 2>&1
"$TARIFA" mirror --mirror.archive alone --run.output alone.h5 >>alone.log 2>&1

start_three_nodes

echo "== ingest, verify and mirror, one after the other, over three nodes"
three=(--nodes 3 --ntasks 3 --cpus-per-task 2)
ingest=$(submit "${three[@]}" -- "${ingest_words[@]}" --ingest.archive archive "${ingest_files[@]}")
verify=$(submit "${three[@]}" --dependency "afterok:$ingest" -- verify archive)
mirror=$(submit "${three[@]}" --dependency "afterok:$verify" -- mirror --mirror.archive archive --run.output mirror.h5)
outcome=$(ended "$ingest" "$verify" "$mirror")
echo "$outcome"
[ "$(echo "$outcome" | grep -c 'COMPLETED 0:0')" = 3 ] || fail "not all three completed"
grep -q '3 ranks on 3 hosts' "tarifa-$mirror.log" || fail "mirror did not run on three hosts"
diff -r alone archive || fail "the archive made on three nodes has other bytes"
cmp alone.h5 mirror.h5 || fail "the mirror table made on three nodes has other bytes"

echo "== Slurm takes the scripts that plan writes, and a planned job runs, submitted from another folder"
"$TARIFA" plan "${ingest_words[@]}" --ingest.archive planned "${ingest_files[@]}" --plan.ranks 4 --plan.nodes 2 >ingest.sbatch 2>plan.log
"$TARIFA" synth --synth.folder planned --dry-run --plan.ranks 6 --plan.nodes 3 --plan.most-time 2m >synth.sbatch 2>>plan.log
"$TARIFA" plan verify archive >verify.sbatch 2>>plan.log
"$TARIFA" plan mirror --mirror.archive archive --run.output planned.h5 --run.threads 2 --plan.ranks 3 --plan.nodes 3 >mirror.sbatch 2>>plan.log
for job in ingest synth verify mirror; do
  "$cluster" exec "$nodes" sbatch --test-only "$job.sbatch" >test-only.log 2>&1 || fail "Slurm refuses $job.sbatch: $(cat test-only.log)"
done
grep -q "on nodes n\[1-3\]" test-only.log || fail "mirror.sbatch does not ask for three nodes: $(cat test-only.log)"
# More than any node has: the test can fail.
sed 's/^#SBATCH --mem=.*/#SBATCH --mem=100G/' mirror.sbatch >large.sbatch
! "$cluster" exec "$nodes" sbatch --test-only large.sbatch >test-only.log 2>&1 || fail "Slurm takes a job of 100 GB"
mkdir elsewhere
planned=$(cd elsewhere && "$cluster" exec "$nodes" sbatch --parsable ../mirror.sbatch)
outcome=$(ended "$planned")
echo "$outcome"
[[ $outcome == *"COMPLETED 0:0"* ]] || fail "the planned job did not complete: $(cat elsewhere/*.log)"
grep -q "3 ranks on 3 hosts.*2 threads each" elsewhere/*.log || fail "the planned job did not run as planned"
cmp alone.h5 planned.h5 || fail "the planned job made other bytes"

echo "== an array: one index for each year"
for year in 2019 2020; do
  echo "--ingest.archive years --ingest.vintage y$year data/declarations-$year.csv"
done >lines
array=$("$cluster" exec "$nodes" sbatch --parsable --time 5 --array 1-2 --ntasks 2 "$SOURCE/slurm/array.sbatch" lines \
  ingest --ingest.source "$SOURCE/configs/sources/synth-declarations.ini")
outcome=$(ended "${array}_1" "${array}_2")
echo "$outcome"
[ "$(echo "$outcome" | grep -c 'COMPLETED 0:0')" = 2 ] || fail "the array did not complete"
"$TARIFA" verify years >verify.log 2>&1 || fail "what the array ingested is not whole"
again=$("$cluster" exec "$nodes" sbatch --parsable --time 5 --array 2 --ntasks 2 "$SOURCE/slurm/array.sbatch" lines \
  ingest --ingest.source "$SOURCE/configs/sources/synth-declarations.ini")
[[ $(ended "${again}_2") == *"COMPLETED 0:0"* ]] || fail "an index that is finished must end with 0 when it is run again"

echo "== a failing job ends with its exit code, and what waits for it does not run"
bad=$(submit --ntasks 2 -- mirror --mirror.archive nowhere --run.output bad.h5)
after=$(submit --ntasks 1 --dependency "afterok:$bad" --kill-on-invalid-dep=yes -- verify archive)
outcome=$(ended "$bad" "$after")
echo "$outcome"
grep -q "^$bad FAILED [2-4]:0" <<<"$outcome" || fail "a missing archive must fail with the exit code of tarifa"
grep -q "^$after CANCELLED" <<<"$outcome" || fail "a job behind a failed one must not run"
[ ! -e bad.h5 ] || fail "the failed job left a result"

echo "== a node is lost in the middle: Slurm puts the job back, and the files are those of an undisturbed run"
world=(synth --synth.years 1 --synth.declarations 1500000 --synth.trade 1000 --synth.seizures 0)
"$TARIFA" "${world[@]}" --synth.folder undisturbed 2>>synth.log
lost=$(submit "${three[@]}" -- "${world[@]}" --synth.folder disturbed)
for _ in $(seq 300); do
  [ ! -s disturbed/declarations-2019.csv.partial ] || break
  sleep 0.05
done
[ -s disturbed/declarations-2019.csv.partial ] || fail "the job did not begin to write"
"$cluster" kill-node "$nodes" n2
"$cluster" start-node "$nodes" n2
outcome=$(ended "$lost")
echo "$outcome"
[[ $outcome == *"COMPLETED 0:0"* ]] || fail "the job that lost a node did not complete"
grep -q "try 2" "tarifa-$lost.log" || fail "the job was not put back into the queue"
diff -r undisturbed disturbed || fail "the run that lost a node wrote other bytes"

echo "== stopping leaves nothing behind"
"$cluster" stop "$nodes"
[ ! -e "$nodes" ] || fail "the folder of the cluster is still there"
! ip netns list | grep -q "^t[0-9]*-n[123]" || fail "a namespace is still there"
echo "passed"
