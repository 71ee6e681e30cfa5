/// The folders of a run: CSV files and one store per engine, in a memory file system.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from './options.mjs';

const FIRST_YEAR = 2015;
const YEARS = 10;
// [bytes per declaration] CSV files 204, stores of the peers about 200, one more during ingest 64: seen at 1 million.
const TMPFS_BYTES_PER_ROW = 600;
// [bytes per declaration] the peers together 780 above their start in the group-by with medians, seen at 1 million;
// the rest is tarifa's.
const WORKER_BYTES_PER_ROW = 1000;

function require_room(options)
{
  const disk = statfsSync(options.scratch);
  const free = disk.bavail * disk.bsize;
  const available = Number(/MemAvailable:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))[1]) * 1024;
  const needed = options.rows * TMPFS_BYTES_PER_ROW;
  const gib = (bytes) => (bytes / 2 ** 30).toFixed(1);
  if (free < needed || available < needed + options.rows * WORKER_BYTES_PER_ROW)
  {
    throw new UsageError(`${options.rows} rows need about ${gib(needed)} GiB in ${options.scratch} (free: ${gib(free)}) and `
      + `${gib(options.rows * WORKER_BYTES_PER_ROW)} GiB beside it (available in all: ${gib(available)}); use fewer --rows`);
  }
}

/// Makes what is missing. Returns { data, stores }.
export function make_folders(options, say)
{
  mkdirSync(options.scratch, { recursive: true });
  const data = options.data ?? join(options.scratch, `data-${options.rows}`);
  const stores = join(options.scratch, `stores-${options.rows}`);
  if (!existsSync(data))
  {
    if (options.data)
    {
      throw new UsageError(`no folder ${data}`);
    }
    if (!options.tarifa)
    {
      throw new UsageError('no tarifa program to make the data with: build one, or give --tarifa or --data');
    }
    require_room(options);
    say(`making ${options.rows} declarations in ${data}`);
    execFileSync(options.tarifa, ['synth', '--synth.folder', data, '--synth.declarations', String(options.rows),
      '--synth.trade', String(Math.ceil(options.rows / 2)), '--synth.seizures', '0',
      '--synth.first-year', String(FIRST_YEAR), '--synth.years', String(YEARS), '--synth.administrations', '40',
      '--synth.companions', 'false', '--synth.truth', 'false'],
    { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  // Native stores of other data, or of another version, would be measured silently.
  rmSync(stores, { recursive: true, force: true });
  mkdirSync(stores, { recursive: true });
  return { data, stores };
}

export function remove_folders(options, folders)
{
  rmSync(folders.stores, { recursive: true, force: true });
  if (!options.keep && !options.data)
  {
    rmSync(folders.data, { recursive: true, force: true });
  }
}
