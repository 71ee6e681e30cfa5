/// The one description of the CSV files (tables.json) and the closed code lists found in them.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const TABLES_FILE = fileURLToPath(new URL('../tables.json', import.meta.url));
export const TABLE_NAMES = ['declarations', 'trade_import', 'trade_export'];

export function read_tables(path = TABLES_FILE)
{
  const tables = JSON.parse(readFileSync(path, 'utf8'));
  for (const name of TABLE_NAMES)
  {
    tables[name] = { ...tables[tables[name].same_as], ...tables[name] };
  }
  return tables;
}

/// { list name -> sorted values }. An engine with enumerations must know the values before it reads, as a user knows
/// the list of countries: they are found once, outside every clock, and kept beside the data.
/// `distinct(table, column)` gives the values of one column of the files, by the engine's own means.
export async function code_lists(tables, folder, distinct)
{
  const cache = join(folder, 'code-lists.json');
  if (existsSync(cache))
  {
    return JSON.parse(readFileSync(cache, 'utf8'));
  }
  const found = {};
  for (const name of TABLE_NAMES)
  {
    for (const column of tables[name].columns.filter(({ kind }) => kind === 'code'))
    {
      found[column.list] ??= new Set();
      (await distinct(tables[name], column.name)).forEach((value) => found[column.list].add(value));
    }
  }
  const lists = Object.fromEntries(Object.entries(found).map(([list, values]) => [list, [...values].sort()]));
  writeFileSync(`${cache}.${process.pid}`, JSON.stringify(lists));
  renameSync(`${cache}.${process.pid}`, cache);
  return lists;
}
