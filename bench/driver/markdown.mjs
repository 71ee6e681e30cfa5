/// Prints the tables of docs/performance.md from a record: node bench/driver/markdown.mjs bench/results/X.json
import { readFileSync } from 'node:fs';

const record = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { machine, settings, tasks, versions } = record;
const engines = Object.keys(versions);
const cell = (result, text) => (result ? text(result) : '-');
const table = (title, text) =>
  `| ${title} | ${engines.join(' | ')} |\n|---|${engines.map(() => '---:|').join('')}\n`
  + Object.entries(tasks).map(([task, results]) =>
    `| ${task} | ${engines.map((engine) => cell(results[engine], text)).join(' | ')} |`).join('\n');

console.log(`${settings.rows} declarations, ${settings.threads} threads, median (min-max) of ${settings.repeats} runs in turns. `
  + `${machine.cpu}, ${machine.cores} cores, L3 ${machine.l3}, ${machine.memory_gib} GiB, load at start `
  + `${machine.load_at_start.toFixed(2)}. tarifa ${record.tarifa}; `
  + `${engines.map((engine) => `${engine} ${versions[engine]}`).join(', ')}.\n`);
console.log(table('seconds', ({ seconds: s }) =>
  `${s.median.toPrecision(3)} (${s.min.toPrecision(3)}-${s.max.toPrecision(3)})`));
console.log(`\n${table('whole process, seconds', (result) => result.process_seconds?.toPrecision(3) ?? '-')}`);
console.log(`\n${table('peak MiB', (result) => Math.round(result.peak_rss_kb / 1024))}`);
console.log(`\nFaults: ${record.faults.length === 0 ? 'none, all engines gave the same figures' : record.faults.join('; ')}.`);
