/// Command line of bench/run.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

export const BENCH = fileURLToPath(new URL('..', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export const TASKS = ['ingest_process', 'ingest', 'sum', 'group_basic', 'group_median', 'mirror', 'quartiles'];
const ENGINES = ['tarifa', 'duckdb', 'chdb', 'polars'];

const HELP = `bench/run [options]: tarifa and its peers side by side; see bench/README.md

  --rows N          declarations [1000000]; trade tables have about N/2 rows each
  --tasks A,B       of ${TASKS.join(', ')} [all]
  --engines A,B     of ${ENGINES.join(', ')} [those found]; ratios are against the first
  --repeats K       counted runs of each task and engine, in turns [5]
  --threads T       of each engine [2]
  --cpus LIST       cores all engines share, as taskset reads it [the first T]
  --data DIR        CSV files made before, instead of new ones from 'tarifa synth'
  --scratch DIR     where data and stores go, a memory file system [/dev/shm/tarifa-bench]
  --keep            leave the CSV files for the next run
  --tolerance X     largest relative difference of check figures [1e-9]
  --timeout S       seconds one task may take [1800]
  --tarifa FILE     the tarifa program, for its synth [build/{bench,release,dev}/jobs/tarifa]
  --tarifa-bench F  tarifa's worker [build/bench/bench/tarifa_bench]
  --output FILE     JSON record [bench/results/<time>-<rows>.json]
`;

export class UsageError extends Error {}

function chosen(text, known, what)
{
  const names = text.split(',').filter(Boolean);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0 || names.length === 0)
  {
    throw new UsageError(`unknown ${what} '${unknown.join(', ')}'; known: ${known.join(', ')}`);
  }
  return names;
}

function whole(text, name)
{
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
  {
    throw new UsageError(`--${name} must be a whole number from 1, not '${text}'`);
  }
  return value;
}

/// Throws UsageError; returns null after printing the help.
export function read_options(argv)
{
  let values;
  try
  {
    ({ values } = parseArgs({
      args: argv,
      options: {
        rows: { type: 'string', default: '1000000' }, tasks: { type: 'string', default: TASKS.join(',') },
        engines: { type: 'string' }, repeats: { type: 'string', default: '5' },
        threads: { type: 'string', default: '2' }, cpus: { type: 'string' }, data: { type: 'string' },
        scratch: { type: 'string', default: '/dev/shm/tarifa-bench' }, keep: { type: 'boolean', default: false },
        tolerance: { type: 'string', default: '1e-9' }, timeout: { type: 'string', default: '1800' },
        tarifa: { type: 'string' }, 'tarifa-bench': { type: 'string' }, output: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }));
  }
  catch (error)
  {
    throw new UsageError(error.message);
  }
  if (values.help)
  {
    process.stdout.write(HELP);
    return null;
  }
  const threads = whole(values.threads, 'threads');
  const found = (name) => ['bench', 'release', 'dev'].map((preset) => join(ROOT, 'build', preset, 'jobs', name))
    .find((path) => existsSync(path));
  const tarifa_bench = values['tarifa-bench'] ?? join(ROOT, 'build/bench/bench/tarifa_bench');
  const at_hand = existsSync(tarifa_bench) ? ENGINES : ENGINES.slice(1);
  if (threads > availableParallelism())
  {
    throw new UsageError(`--threads ${threads}, but this machine gives ${availableParallelism()} cores`);
  }
  return {
    rows: whole(values.rows, 'rows'),
    tasks: chosen(values.tasks, TASKS, 'task'),
    engines: values.engines ? chosen(values.engines, ENGINES, 'engine') : at_hand,
    repeats: whole(values.repeats, 'repeats'),
    threads,
    cpus: values.cpus ?? Array.from({ length: threads }, (_, i) => i).join(','),
    data: values.data,
    scratch: values.scratch,
    keep: values.keep,
    tolerance: Number(values.tolerance),
    timeout_seconds: whole(values.timeout, 'timeout'),
    tarifa: values.tarifa ?? found('tarifa'),
    tarifa_bench,
    output: values.output,
  };
}
