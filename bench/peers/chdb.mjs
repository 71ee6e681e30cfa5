/// Embedded ClickHouse: MergeTree with Enum16 codes (twice as fast in group-bys here as
/// LowCardinality), Decimal64 money and integer HS codes; answers go into
/// Memory tables.
import { join, resolve } from 'node:path';
import { Session } from 'chdb';
import { code_lists } from './tables.mjs';
import { serve, timed } from './worker.mjs';

const quoted = (text) => `'${text.replaceAll("'", "\\'")}'`;

function column_type(column, lists)
{
  switch (column.kind)
  {
    case 'code':
      return `Enum16(${lists[column.list].map((value, i) => `${quoted(value)} = ${i}`).join(', ')})`;
    case 'hs':
      return 'UInt32';
    case 'integer':
      return 'Int32';
    case 'long':
      return 'Int64';
    case 'decimal':
      return `Decimal64(${column.scale})`;
    case 'date':
      return 'Date32';
    default:
      return 'String';
  }
}

/// CREATE TABLE ... AS with every type stated, nothing sniffed.
function load_statement(name, table, lists, path)
{
  const structure = table.columns.map((column) => `${column.name} ${column_type(column, lists)}`).join(', ');
  return `CREATE TABLE ${name} ENGINE = MergeTree ORDER BY tuple() AS SELECT *
    FROM file(${quoted(resolve(path))}, 'CSVWithNames', ${quoted(structure)})`;
}

await serve(async (settings) =>
{
  const session = new Session(join(settings.store, 'chdb'));
  const run = (sql) => session.query(sql, 'JSONEachRow');
  const rows_of = (sql) => run(sql).trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
  const csv = (name) => join(settings.data, settings.tables[name].files);
  const roles = settings.tables.declarations.roles;
  const trade = settings.tables.trade_import.roles;

  run('CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic');
  run('USE bench');
  for (const setting of [`max_threads = ${settings.threads}`, `max_insert_threads = ${settings.threads}`,
    'output_format_decimal_trailing_zeros = 1', 'output_format_json_quote_decimals = 1',
    'output_format_json_quote_64bit_integers = 1', 'join_use_nulls = 1',
    'database_atomic_wait_for_drop_and_detach_synchronously = 1'])
  {
    run(`SET ${setting}`);
  }
  const version = rows_of('SELECT version() AS v')[0].v;

  const lists = await code_lists(settings.tables, settings.data, async (table, column) =>
    rows_of(`SELECT DISTINCT ${column} AS v FROM file(${quoted(resolve(join(settings.data, table.files)))},
      'CSVWithNames') WHERE v != ''`).map(({ v }) => String(v)));

  function prepare(name)
  {
    if (rows_of(`SELECT 1 AS known FROM system.tables WHERE database = 'bench' AND name = ${quoted(name)}`).length === 0)
    {
      run(load_statement(name, settings.tables[name], lists, csv(name)));
      run(`OPTIMIZE TABLE ${name} FINAL`);
    }
    return Number(rows_of(`SELECT count() AS n FROM ${name}`)[0].n);
  }

  async function ingest(request)
  {
    run('DROP TABLE IF EXISTS ingest');
    const { spent } = await timed(async () => run(load_statement('ingest', settings.tables.declarations, lists,
      csv('declarations'))));
    const bytes = rows_of(`SELECT sum(bytes_on_disk) AS b FROM system.parts WHERE active AND table = 'ingest'`)[0].b;
    const checks = request.checks === false ? {} : rows_of(`SELECT count() AS n_rows, count(${roles.weight}) AS n_weight,
      sum(${roles.value}) AS sum_value, sum(${roles.weight}) AS sum_weight, sum(toUInt64(hs6)) AS n_hs6_sum FROM ingest`)[0];
    run('DROP TABLE ingest');
    return { ...spent, native_bytes: Number(bytes), checks };
  }

  /// Times a statement that leaves its answer in the Memory table `result`, then takes the check figures from it.
  async function into_table(request, select, check)
  {
    run('DROP TABLE IF EXISTS result');
    const { spent } = await timed(async () => run(`CREATE TABLE result ENGINE = Memory AS ${select}`));
    const checks = request.checks === false ? {} : rows_of(check)[0];
    run('DROP TABLE result');
    return { ...spent, checks };
  }

  const keys = `${roles.reporter}, ${roles.origin}, ${roles.hs6}, ${roles.year}`;
  const by_group = (extra) => `SELECT ${keys}, count() AS n, sum(${roles.value}) AS total,
    min(${roles.value}) AS least, max(${roles.value}) AS most ${extra} FROM declarations GROUP BY ${keys}`;
  const group_checks = (extra) => `SELECT count() AS n_groups, sum(n) AS n_rows, sum(total) AS sum_value,
    sum(least) AS sum_min, sum(most) AS sum_max, sum(toFloat64(total) * (${roles.hs6} % 97)) AS mix_value ${extra}
    FROM result`;
  const side = (table, exporter, importer) => `SELECT ${exporter} AS exporter, ${importer} AS importer,
    ${trade.hs6} AS hs6, ${trade.period} AS period, toFloat64(sum(${trade.value})) AS v
    FROM ${table} GROUP BY exporter, importer, hs6, period`;
  const rate = settings.tables.cif_fob_ratio;
  const q = "arrayReduce('quantilesExactInclusive(0.25, 0.5, 0.75)', units)";

  return {
    version,
    tasks: {
      hello: async () => ({}),
      prepare_declarations: async () => ({ rows: prepare('declarations') }),
      prepare_trade: async () => ({
        rows: prepare('trade_import') + prepare('trade_export'),
      }),
      ingest,
      sum: async () =>
      {
        const { spent, result } = await timed(async () =>
          rows_of(`SELECT count() AS n_rows, sum(${roles.value}) AS sum_value FROM declarations`));
        return { ...spent, checks: result[0] };
      },
      group_basic: (request) => into_table(request, by_group(''), group_checks('')),
      group_median: (request) => into_table(request,
        by_group(`, quantileExactInclusive(0.5)(toFloat64(${roles.value})) AS middle`),
        group_checks(`, sum(middle) AS sum_median, sum(middle * (${roles.hs6} % 97)) AS mix_median`)),
      mirror: (request) => into_table(request,
        `SELECT coalesce(i.exporter, x.exporter) AS exporter, coalesce(i.importer, x.importer) AS importer,
           coalesce(i.hs6, x.hs6) AS hs6, coalesce(i.period, x.period) AS period, i.v AS cif, x.v AS fob,
           i.v / ${rate} - x.v AS gap
         FROM (${side('trade_import', trade.partner, trade.reporter)}) AS i
         FULL OUTER JOIN (${side('trade_export', trade.reporter, trade.partner)}) AS x
           ON i.exporter = x.exporter AND i.importer = x.importer AND i.hs6 = x.hs6 AND i.period = x.period`,
        `SELECT count() AS n_rows, count(gap) AS n_both, count(cif) AS n_import, count(fob) AS n_export,
           sum(cif) AS sum_cif, sum(fob) AS sum_fob, sum(gap) AS sum_gap, sum(abs(gap)) AS sum_abs_gap,
           sum(abs(gap) * (hs6 % 97)) AS mix_gap FROM result`),
      quartiles: (request) => into_table(request,
        `SELECT hs6, origin, length(units) AS n, ${q} AS q,
           arrayReduce('quantileExactInclusive(0.5)', arrayMap(u -> abs(u - q[2]), units)) AS mad
         FROM (SELECT ${roles.hs6} AS hs6, ${roles.origin} AS origin,
                 groupArray(toFloat64(assumeNotNull(${roles.value})) / toFloat64(assumeNotNull(${roles.weight}))) AS units
               FROM declarations WHERE ${roles.weight} > 0 GROUP BY hs6, origin)`,
        `SELECT count() AS n_groups, sum(n) AS n_rows, sum(q[1]) AS sum_q1, sum(q[2]) AS sum_q2, sum(q[3]) AS sum_q3,
           sum(mad) AS sum_mad, sum(q[2] * (hs6 % 97)) AS mix_q2, sum(mad * (hs6 % 97)) AS mix_mad FROM result`),
    },
    close: async () => session.close(),
  };
});
