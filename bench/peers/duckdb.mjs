/// DuckDB: a .duckdb file with ENUM codes, DECIMAL money (64-bit inside) and integer HS codes, all threads given.
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { code_lists } from './tables.mjs';
import { serve, timed } from './worker.mjs';

const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

function column_type(column, lists)
{
  switch (column.kind)
  {
    case 'code':
      return `ENUM(${lists[column.list].map(quoted).join(', ')})`;
    case 'hs':
    case 'integer':
      return 'INTEGER';
    case 'long':
      return 'BIGINT';
    case 'decimal':
      return `DECIMAL(18,${column.scale})`;
    case 'date':
      return 'DATE';
    default:
      return 'VARCHAR';
  }
}

/// CREATE TABLE ... AS with every type stated, nothing sniffed.
function load_statement(name, table, lists, path)
{
  const types = table.columns.map((column) => `${quoted(column.name)}: ${quoted(column_type(column, lists))}`);
  return `CREATE TABLE ${name} AS SELECT * FROM read_csv(${quoted(path)}, auto_detect = false,
    header = true, delim = ',', quote = '"', escape = '"', nullstr = '', dateformat = '%Y-%m-%d',
    columns = {${types.join(', ')}})`;
}

async function open_database(file, settings)
{
  const instance = await DuckDBInstance.create(file, {
    threads: String(settings.threads),
    preserve_insertion_order: 'false',
    temp_directory: join(settings.store, 'duckdb-temp'),
  });
  return { instance, connection: await instance.connect() };
}

function close_database(database)
{
  database.connection.closeSync();
  database.instance.closeSync();
}

await serve(async (settings) =>
{
  const store = join(settings.store, 'bench.duckdb');
  const csv = (name) => join(settings.data, settings.tables[name].files);
  const roles = settings.tables.declarations.roles;
  const trade = settings.tables.trade_import.roles;
  let database = await open_database(store, settings);

  const rows_of = async (sql) => (await database.connection.runAndReadAll(sql)).getRowObjectsJson();
  const version = (await rows_of('SELECT version() AS v'))[0].v;

  const lists = await code_lists(settings.tables, settings.data, async (table, column) =>
    (await rows_of(`SELECT DISTINCT ${column} AS v FROM read_csv(${quoted(join(settings.data, table.files))},
      header = true, all_varchar = true) WHERE v IS NOT NULL`)).map(({ v }) => v));

  async function prepare(name)
  {
    const known = await rows_of(`SELECT 1 FROM duckdb_tables() WHERE table_name = ${quoted(name)}`);
    if (known.length === 0)
    {
      await database.connection.run(load_statement(name, settings.tables[name], lists, csv(name)));
      await database.connection.run('CHECKPOINT');
    }
    return Number((await rows_of(`SELECT count(*) AS n FROM ${name}`))[0].n);
  }

  async function ingest(request)
  {
    const file = join(settings.store, 'ingest.duckdb');
    const table = settings.tables.declarations;
    rmSync(file, { force: true });
    let fresh;
    const { spent } = await timed(async () =>
    {
      fresh = await open_database(file, settings);
      await fresh.connection.run(load_statement('declarations', table, lists, csv('declarations')));
      await fresh.connection.run('CHECKPOINT');
      close_database(fresh);
    });
    const native_bytes = statSync(file).size;
    if (request.checks === false)
    {
      rmSync(file);
      return { ...spent, native_bytes, checks: {} };
    }
    fresh = await open_database(file, settings);
    const reader = await fresh.connection.runAndReadAll(`SELECT count(*) AS n_rows,
      count(${roles.weight}) AS n_weight, sum(${roles.value}) AS sum_value, sum(${roles.weight}) AS sum_weight,
      sum(hs6::BIGINT) AS n_hs6_sum FROM declarations`);
    const checks = reader.getRowObjectsJson()[0];
    close_database(fresh);
    rmSync(file);
    return { ...spent, native_bytes, checks };
  }

  /// Times a statement that leaves its answer in the temporary table `result`, then takes the check figures from it.
  async function into_table(request, select, check)
  {
    await database.connection.run('DROP TABLE IF EXISTS temp.result');
    const { spent } = await timed(() => database.connection.run(`CREATE TEMP TABLE result AS ${select}`));
    const checks = request.checks === false ? {} : (await rows_of(check))[0];
    await database.connection.run('DROP TABLE temp.result');
    return { ...spent, checks };
  }

  const keys = `${roles.reporter}, ${roles.origin}, ${roles.hs6}, ${roles.year}`;
  const by_group = (extra) => `SELECT ${keys}, count(*) AS n, sum(${roles.value}) AS total,
    min(${roles.value}) AS least, max(${roles.value}) AS most ${extra} FROM declarations GROUP BY ALL`;
  const group_checks = (extra) => `SELECT count(*) AS n_groups, sum(n) AS n_rows, sum(total) AS sum_value,
    sum(least) AS sum_min, sum(most) AS sum_max, sum(total::DOUBLE * (${roles.hs6} % 97)) AS mix_value ${extra}
    FROM temp.result`;
  const side = (table, exporter, importer) => `SELECT ${exporter} AS exporter, ${importer} AS importer,
    ${trade.hs6} AS hs6, ${trade.period} AS period, sum(${trade.value})::DOUBLE AS v FROM ${table} GROUP BY ALL`;
  const rate = settings.tables.cif_fob_ratio;
  const unit_value = `${roles.value}::DOUBLE / ${roles.weight}::DOUBLE`;

  return {
    version,
    tasks: {
      hello: async () => ({}),
      prepare_declarations: async () => ({ rows: await prepare('declarations') }),
      prepare_trade: async () => ({
        rows: (await prepare('trade_import')) + (await prepare('trade_export')),
      }),
      ingest,
      sum: async () =>
      {
        const { spent, result } = await timed(() =>
          rows_of(`SELECT count(*) AS n_rows, sum(${roles.value}) AS sum_value FROM declarations`));
        return { ...spent, checks: result[0] };
      },
      group_basic: (request) => into_table(request, by_group(''), group_checks('')),
      group_median: (request) => into_table(request,
        by_group(`, median(${roles.value}::DOUBLE) AS middle`),
        group_checks(`, sum(middle) AS sum_median, sum(middle * (${roles.hs6} % 97)) AS mix_median`)),
      mirror: (request) => into_table(request,
        `SELECT coalesce(i.exporter, x.exporter) AS exporter, coalesce(i.importer, x.importer) AS importer,
           coalesce(i.hs6, x.hs6) AS hs6, coalesce(i.period, x.period) AS period, i.v AS cif, x.v AS fob,
           i.v / ${rate} - x.v AS gap
         FROM (${side('trade_import', trade.partner, trade.reporter)}) i
         FULL OUTER JOIN (${side('trade_export', trade.reporter, trade.partner)}) x
           ON i.exporter = x.exporter AND i.importer = x.importer AND i.hs6 = x.hs6 AND i.period = x.period`,
        `SELECT count(*) AS n_rows, count(gap) AS n_both, count(cif) AS n_import, count(fob) AS n_export,
           sum(cif) AS sum_cif, sum(fob) AS sum_fob, sum(gap) AS sum_gap, sum(abs(gap)) AS sum_abs_gap,
           sum(abs(gap) * (hs6 % 97)) AS mix_gap FROM temp.result`),
      quartiles: (request) => into_table(request,
        `SELECT hs6, origin, count(*) AS n, quantile_cont(u, [0.25, 0.5, 0.75]) AS q, mad(u) AS mad
         FROM (SELECT ${roles.hs6} AS hs6, ${roles.origin} AS origin, ${unit_value} AS u FROM declarations
               WHERE ${roles.weight} > 0) GROUP BY ALL`,
        `SELECT count(*) AS n_groups, sum(n) AS n_rows, sum(q[1]) AS sum_q1, sum(q[2]) AS sum_q2, sum(q[3]) AS sum_q3,
           sum(mad) AS sum_mad, sum(q[2] * (hs6 % 97)) AS mix_q2, sum(mad * (hs6 % 97)) AS mix_mad FROM temp.result`),
    },
    close: async () => close_database(database),
  };
});
