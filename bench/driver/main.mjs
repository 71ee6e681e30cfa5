/// Runs every task on every engine in turns, holds their figures against each other, prints and records the medians.
import { loadavg } from 'node:os';
import { make_folders, remove_folders } from './data.mjs';
import { EngineProcess, kill_workers } from './engine_process.mjs';
import { differences, summary } from './figures.mjs';
import { read_options, UsageError } from './options.mjs';
import { machine, print_task, write_record } from './report.mjs';

const BUSY_LOAD = 0.5;
const PREPARATION = {
  sum: 'prepare_declarations', group_basic: 'prepare_declarations', group_median: 'prepare_declarations',
  quartiles: 'prepare_declarations', mirror: 'prepare_trade',
};

const say = (text) => process.stderr.write(`[bench] ${text}\n`);

/// Faults are printed where they happen and again at the end; one fault does not stop the other engines.
class Faults
{
  all = [];

  add(text)
  {
    this.all.push(text);
    say(`!!! ${text}`);
  }
}

/// Engines in the order of repeat `repeat`: each goes first in turn.
function in_turn(engines, repeat)
{
  const shift = repeat % engines.length;
  return [...engines.slice(shift), ...engines.slice(0, shift)];
}

/// A whole process per run: start, open the store if there is one, one task, end.
async function one_shot(task, engine, options, folders)
{
  const worker = new EngineProcess(engine, options, folders);
  if (PREPARATION[task])
  {
    await worker.ask(PREPARATION[task]);
  }
  const answer = await worker.ask(task, { checks: false });
  return { ...answer, seconds: await worker.stop(), cpu_seconds: answer.process_cpu_seconds ?? answer.cpu_seconds };
}

/// Builds the native stores in processes of their own, so that no measured process carries the memory of it.
async function build_stores(options, folders, faults)
{
  const versions = {};
  const wanted = [...new Set(options.tasks.map((task) => PREPARATION[task]).filter(Boolean))];
  for (const engine of options.engines)
  {
    try
    {
      const worker = new EngineProcess(engine, options, folders);
      versions[engine] = (await worker.ask('hello')).version;
      for (const preparation of wanted)
      {
        await worker.ask(preparation);
      }
      await worker.stop();
    }
    catch (error)
    {
      faults.add(`${engine}: ${error.message}`);
    }
  }
  return versions;
}

/// Starts a worker per engine, opens the stores and runs once uncounted. Engines that fail are left out.
async function warm_workers(task, engines, options, folders, faults)
{
  const workers = {};
  for (const engine of engines)
  {
    try
    {
      const worker = new EngineProcess(engine, options, folders);
      workers[engine] = worker;
      if (PREPARATION[task])
      {
        await worker.ask(PREPARATION[task]);
      }
      await worker.ask(task);
    }
    catch (error)
    {
      faults.add(`${engine} ${error.message}`);
      workers[engine]?.child.kill('SIGKILL');
      delete workers[engine];
    }
  }
  return workers;
}

/// Answers of the counted runs, engine by engine in the order asked for.
async function measure(task, engines, options, folders, faults)
{
  const whole_process = task === 'ingest_process';
  const workers = whole_process ? {} : await warm_workers(task, engines, options, folders, faults);
  const runs = Object.fromEntries(engines.filter((engine) => whole_process || workers[engine]).map((engine) => [engine, []]));
  for (let repeat = 0; repeat < options.repeats; ++repeat)
  {
    for (const engine of in_turn(Object.keys(runs), repeat))
    {
      try
      {
        runs[engine].push(whole_process ? await one_shot('ingest', engine, options, folders) : await workers[engine].ask(task));
      }
      catch (error)
      {
        faults.add(`${engine} ${error.message}`);
        delete runs[engine];
      }
    }
  }
  for (const engine of Object.keys(workers))
  {
    await workers[engine].stop().catch((error) => runs[engine] && faults.add(`${engine}: ${error.message}`));
  }
  if (PREPARATION[task])
  {
    await measure_processes(task, runs, options, folders, faults);
  }
  return runs;
}

/// Beside the warm runs of a query, as many whole processes in turns: `process_seconds` of each run.
async function measure_processes(task, runs, options, folders, faults)
{
  for (let repeat = 0; repeat < options.repeats; ++repeat)
  {
    for (const engine of in_turn(Object.keys(runs), repeat))
    {
      try
      {
        runs[engine][repeat].process_seconds = (await one_shot(task, engine, options, folders)).seconds;
      }
      catch (error)
      {
        faults.add(`${engine}, whole process: ${error.message}`);
        delete runs[engine];
      }
    }
  }
}

/// Every run of every engine against the first run of the first engine.
function compare(task, runs, options, faults)
{
  const [first] = Object.keys(runs);
  for (const [engine, answers] of Object.entries(runs))
  {
    const found = new Set(answers.flatMap((answer) => differences(runs[first][0].checks, answer.checks, options.tolerance)));
    found.forEach((line) => faults.add(`${task}: ${first} and ${engine} differ in ${line}`));
  }
}

async function main()
{
  const options = read_options(process.argv.slice(2));
  if (!options)
  {
    return 0;
  }
  const faults = new Faults();
  const where = machine();
  if (where.load_at_start > BUSY_LOAD)
  {
    say(`!!! load ${where.load_at_start.toFixed(2)}: other programs run here, these timings are not worth keeping`);
  }
  const folders = make_folders(options, say);
  for (const signal of ['SIGINT', 'SIGTERM'])
  {
    process.once(signal, () =>
    {
      kill_workers();
      remove_folders(options, folders);
      process.exit(130);
    });
  }
  const tasks = {};
  let versions = {};
  try
  {
    versions = await build_stores(options, folders, faults);
    const engines = options.engines.filter((engine) => versions[engine]);
    say(engines.map((engine) => `${engine} ${versions[engine]}`).join(', '));
    for (const task of options.tasks)
    {
      say(task);
      const runs = await measure(task, engines, options, folders, faults);
      if (Object.keys(runs).length > 0)
      {
        compare(task, runs, options, faults);
        tasks[task] = Object.fromEntries(Object.entries(runs).map(([engine, answers]) => [engine, summary(answers)]));
        print_task(task, tasks[task]);
      }
    }
  }
  finally
  {
    remove_folders(options, folders);
  }
  const record = { machine: { ...where, load_at_end: loadavg()[0] }, versions, tasks, faults: faults.all };
  process.stdout.write(`\n${faults.all.length === 0
    ? 'All engines gave the same figures.' : `FAULTS (${faults.all.length}):\n  ${faults.all.join('\n  ')}`}\n`);
  say(`record: ${write_record(options, record)}`);
  return faults.all.length === 0 ? 0 : 1;
}

try
{
  process.exitCode = await main();
}
catch (error)
{
  say(error instanceof UsageError ? error.message : error.stack);
  process.exitCode = error instanceof UsageError ? 2 : 5;
}
