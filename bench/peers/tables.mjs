/// Reads tables.json, the one description of the CSV files that every engine builds its schema from.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const TABLES_FILE = fileURLToPath(new URL('../tables.json', import.meta.url));

export function read_tables(path = TABLES_FILE)
{
  const tables = JSON.parse(readFileSync(path, 'utf8'));
  tables.trade_export = { ...tables.trade_import, ...tables.trade_export };
  return tables;
}
