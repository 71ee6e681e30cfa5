/// The table for people and the JSON record.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { BENCH } from './options.mjs';

function git_version()
{
  try
  {
    return execFileSync('git', ['-C', BENCH, 'describe', '--always', '--dirty'],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  }
  catch
  {
    return 'unknown';
  }
}

export function machine()
{
  const lscpu = JSON.parse(execFileSync('lscpu', ['--json'], { encoding: 'utf8' })).lscpu;
  const flat = (entries) => entries.flatMap((entry) => [entry, ...flat(entry.children ?? [])]);
  const field = (name) => flat(lscpu).find((entry) => entry.field === `${name}:`)?.data ?? '';
  return {
    cpu: field('Model name'),
    l2: field('L2 cache') || field('L2'),
    l3: field('L3 cache') || field('L3'),
    avx2: / avx2 /.test(` ${field('Flags')} `),
    avx512: / avx512f /.test(` ${field('Flags')} `),
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    load_at_start: loadavg()[0],
    steal_jiffies: Number(readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/)[8]),
  };
}

const seconds = (value) => (value < 0.1 ? value.toFixed(4) : value.toFixed(3));
const mebi = (kb) => Math.round(kb / 1024).toString();

/// One block per task; ratio = median of this engine / median of the first one.
export function print_task(task, results)
{
  const first = Object.values(results)[0];
  process.stdout.write(`\n${task.padEnd(15)} ${'median s'.padStart(9)} ${'min'.padStart(9)} ${'max'.padStart(9)} `
    + `${'CPU s'.padStart(9)} ${'process s'.padStart(9)} ${'peak MiB'.padStart(9)} ${'ratio'.padStart(7)} ${'memory'.padStart(7)} ${'store MB'.padStart(9)}\n`);
  for (const [engine, result] of Object.entries(results))
  {
    const store = result.native_bytes ? Math.round(result.native_bytes / 1e6).toString() : '';
    const whole = result.process_seconds ? seconds(result.process_seconds) : '';
    process.stdout.write(`  ${engine.padEnd(13)} ${seconds(result.seconds.median).padStart(9)} `
      + `${seconds(result.seconds.min).padStart(9)} ${seconds(result.seconds.max).padStart(9)} `
      + `${seconds(result.cpu_seconds).padStart(9)} ${whole.padStart(9)} ${mebi(result.peak_rss_kb).padStart(9)} `
      + `${(result.seconds.median / first.seconds.median).toFixed(2).padStart(7)} `
      + `${(result.peak_rss_kb / first.peak_rss_kb).toFixed(2).padStart(7)} ${store.padStart(9)}\n`);
  }
}

/// Returns the path written.
export function write_record(options, record)
{
  const time = new Date().toISOString().replace(/[-:]/g, '').replace(/\..*/, '');
  const path = options.output ?? join(BENCH, 'results', `${time}-${options.rows}.json`);
  mkdirSync(dirname(path), { recursive: true });
  const settings = { rows: options.rows, repeats: options.repeats, threads: options.threads, cpus: options.cpus,
    tolerance: options.tolerance };
  writeFileSync(path, `${JSON.stringify({ time, tarifa: git_version(), settings, ...record }, null, 1)}\n`);
  return path;
}
