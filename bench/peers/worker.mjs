/// The loop every peer shares: tasks as JSON lines on standard input, answers as JSON lines on standard output.
/// An engine is an object { name, version(), open(), tasks: { NAME: async () => { seconds, cpu_seconds, checks } }, close() }.
import { mkdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { read_tables } from './tables.mjs';

/// [KiB] largest resident size since the last reset; includes file-backed pages such as the engine's own library.
function peak_rss_kb()
{
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
}

function cpu_seconds()
{
  const used = process.cpuUsage();
  return (used.user + used.system) / 1e6;
}

/// Native memory behind dropped JavaScript objects is freed only after a collection and a turn of the event loop.
async function let_go()
{
  globalThis.gc?.();
  await new Promise((resolve) => setImmediate(resolve));
}

/// Runs `work` and returns { spent: { seconds, cpu_seconds }, result }.
export async function timed(work)
{
  const cpu = cpu_seconds();
  const start = process.hrtime.bigint();
  const result = await work();
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  return { spent: { seconds, cpu_seconds: cpu_seconds() - cpu }, result };
}

function settings()
{
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      store: { type: 'string' },
      tables: { type: 'string' },
      threads: { type: 'string', default: '2' },
    },
  });
  mkdirSync(values.store, { recursive: true });
  return { data: values.data, store: values.store, threads: Number(values.threads), tables: read_tables(values.tables) };
}

/// Serves tasks until standard input closes. A task that throws is answered with `error`; the worker lives on.
export async function serve(make_engine)
{
  const engine = await make_engine(settings());
  const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
  for await (const line of createInterface({ input: process.stdin }))
  {
    const request = JSON.parse(line);
    try
    {
      const task = engine.tasks[request.task];
      if (!task)
      {
        throw new Error(`unknown task '${request.task}'; known: ${Object.keys(engine.tasks).join(', ')}`);
      }
      const answer = await task(request);
      await let_go();
      say({ task: request.task, ...answer, process_cpu_seconds: cpu_seconds(), peak_rss_kb: peak_rss_kb(),
        version: engine.version });
    }
    catch (error)
    {
      say({ task: request.task, error: String(error.message ?? error), version: engine.version });
    }
  }
  await engine.close();
}
