/// One engine's worker: a process on the given cores that answers tasks, one JSON line each.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BENCH } from './options.mjs';

const MOST_ERROR_BYTES = 4000;
const alive = new Set();

function command_of(engine, options)
{
  return engine === 'tarifa'
    ? [options.tarifa_bench]
    : [process.execPath, '--expose-gc', join(BENCH, 'peers', `${engine}.mjs`)];
}

/// Ends every worker at once; for a driver that is told to stop.
export function kill_workers()
{
  alive.forEach((child) => child.kill('SIGKILL'));
}

export class EngineProcess
{
  constructor(engine, options, folders)
  {
    const store = join(folders.stores, engine);
    mkdirSync(store, { recursive: true });
    this.engine = engine;
    this.timeout_seconds = options.timeout_seconds;
    this.errors = '';
    this.started = process.hrtime.bigint();
    this.child = spawn('taskset', ['-c', options.cpus, ...command_of(engine, options), '--data', folders.data,
      '--store', store, '--tables', join(BENCH, 'tables.json'), '--threads', String(options.threads)],
    { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, OMP_NUM_THREADS: String(options.threads), OMP_PROC_BIND: 'true' } });
    alive.add(this.child);
    this.child.once('exit', () => alive.delete(this.child));
    this.child.stderr.on('data', (text) => { this.errors = (this.errors + text).slice(-MOST_ERROR_BYTES); });
    this.child.stdin.on('error', () => {});  // a dead worker is reported by the answer that does not come
    this.ended = once(this.child, 'close').then(
      ([code, signal]) => ({ code, signal }), (error) => ({ code: -1, signal: error.message }));
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  /// The worker's answer; throws when it reports an error, dies or takes too long.
  async ask(task, more = {})
  {
    this.child.stdin.write(`${JSON.stringify({ task, ...more })}\n`);
    let timer;
    const late = new Promise((_, reject) =>
    {
      timer = setTimeout(() =>
      {
        this.child.kill('SIGKILL');
        reject(new Error(`${task}: no answer in ${this.timeout_seconds} s`));
      }, this.timeout_seconds * 1000);
    });
    try
    {
      const { value, done } = await Promise.race([this.lines.next(), late]);
      if (done)
      {
        const { code, signal } = await this.ended;
        throw new Error(`${task}: the worker ended (${signal ?? `exit ${code}`}) ${this.errors.trim()}`);
      }
      const answer = JSON.parse(value);
      if (answer.error)
      {
        throw new Error(`${task}: ${answer.error}`);
      }
      return answer;
    }
    finally
    {
      clearTimeout(timer);
    }
  }

  /// Closes the worker's input and waits; returns [seconds] from start to end of the process.
  async stop()
  {
    this.child.stdin.end();
    const { code, signal } = await this.ended;
    if (code !== 0)
    {
      throw new Error(`the worker ended with ${signal ?? `exit ${code}`} ${this.errors.trim()}`);
    }
    return Number(process.hrtime.bigint() - this.started) / 1e9;
  }
}
