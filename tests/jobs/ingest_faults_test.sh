#!/bin/sh
# tarifa ingest: a table of planted input faults; each must end with a clear message and the documented exit code.
python3 -c '' 2> /dev/null || { echo "skipped: no python3"; exit 77; }
exec python3 "$(dirname "$0")/ingest_faults_test.py" "$@"
