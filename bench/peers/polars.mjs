/// polars: zstd parquet with categorical codes and float64 money, written by the streaming engine; every query scans the
/// file.
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { serve, timed } from './worker.mjs';

const threads = parseArgs({ strict: false, options: { threads: { type: 'string', default: '2' } } }).values.threads;
process.env.POLARS_MAX_THREADS = threads;  // read once, when the library loads
const { default: pl } = await import('nodejs-polars');

const types = {
  code: pl.Categorical, hs: pl.Int32, integer: pl.Int32, long: pl.Int64, decimal: pl.Float64, date: pl.Date,
};

function write_parquet(table, csv, parquet)
{
  const schema = Object.fromEntries(table.columns.map((column) => [column.name, types[column.kind] ?? pl.String]));
  pl.scanCSV(csv, { schema })
    .sinkParquet(parquet, { compression: 'zstd' })
    .collectSync();
}

const rest = pl.col('hs6').cast(pl.Int64).modulo(97);
const total = (expression, name) => expression.sum().alias(name);

await serve(async (settings) =>
{
  const csv = (name) => join(settings.data, settings.tables[name].files);
  const parquet = (name) => join(settings.store, `${name}.parquet`);
  const roles = settings.tables.declarations.roles;
  const trade = settings.tables.trade_import.roles;
  const scan = (name) => pl.scanParquet(parquet(name));

  function prepare(name)
  {
    if (!existsSync(parquet(name)))
    {
      write_parquet(settings.tables[name], csv(name), `${parquet(name)}.partial`);
      renameSync(`${parquet(name)}.partial`, parquet(name));
    }
    return Number(scan(name).select(pl.len().cast(pl.Int64).alias('n')).collectSync().toRecords()[0].n);
  }

  function figures(frame, ...expressions)
  {
    return Object.fromEntries(Object.entries(frame.select(...expressions).toRecords()[0])
      .map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]));
  }

  async function ingest(request)
  {
    const file = join(settings.store, 'ingest.parquet');
    const { spent } = await timed(async () => write_parquet(settings.tables.declarations, csv('declarations'), file));
    const native_bytes = statSync(file).size;
    const value = pl.col(roles.value);
    const weight = pl.col(roles.weight);
    const checks = request.checks === false ? {} : figures(pl.scanParquet(file).select(
      value.count().cast(pl.Int64).alias('n_rows'), weight.count().cast(pl.Int64).alias('n_weight'),
      total(value, 'sum_value'), total(weight, 'sum_weight'),
      total(pl.col(roles.hs6).cast(pl.Int64), 'n_hs6_sum')).collectSync(), pl.all());
    rmSync(file);
    return { ...spent, native_bytes, checks };
  }

  /// Times a query whose answer is a frame in memory, then takes the check figures from it.
  async function into_frame(request, query, ...checks)
  {
    const { spent, result } = await timed(async () => query().collectSync());
    return { ...spent, checks: request.checks === false ? {} : figures(result, ...checks) };
  }

  const value = pl.col(roles.value);
  const by_group = (...extra) => scan('declarations')
    .groupBy([roles.reporter, roles.origin, roles.hs6, roles.year])
    .agg(value.count().cast(pl.Int64).alias('n'), total(value, 'total'), value.min().alias('least'),
      value.max().alias('most'), ...extra);
  const group_checks = [
    pl.col('n').count().cast(pl.Int64).alias('n_groups'), total(pl.col('n'), 'n_rows'), total(pl.col('total'), 'sum_value'),
    total(pl.col('least'), 'sum_min'), total(pl.col('most'), 'sum_max'), total(pl.col('total').mul(rest), 'mix_value'),
  ];
  const middle = pl.col('middle');

  const side = (table, exporter, importer) => scan(table)
    .groupBy([exporter, importer, trade.hs6, trade.period]).agg(total(pl.col(trade.value), 'v'))
    .select(pl.col(exporter).alias('exporter'), pl.col(importer).alias('importer'), pl.col(trade.hs6).alias('hs6'),
      pl.col(trade.period).alias('period'), pl.col('v'));
  const mirror = () => side('trade_import', trade.partner, trade.reporter)
    .join(side('trade_export', trade.reporter, trade.partner),
      { on: ['exporter', 'importer', 'hs6', 'period'], how: 'full', suffix: '_x', coalesce: true })
    .select(pl.col('exporter'), pl.col('importer'), pl.col('hs6'), pl.col('period'), pl.col('v').alias('cif'),
      pl.col('v_x').alias('fob'), pl.col('v').div(settings.tables.cif_fob_ratio).sub(pl.col('v_x')).alias('gap'));

  const unit = pl.col('u');
  const quartiles = () => scan('declarations').filter(pl.col(roles.weight).gt(0))
    .select(pl.col(roles.hs6).alias('hs6'), pl.col(roles.origin).alias('origin'),
      value.div(pl.col(roles.weight)).alias('u'))
    .groupBy(['hs6', 'origin'])
    .agg(unit.count().cast(pl.Int64).alias('n'), unit.quantile(0.25, 'linear').alias('q1'), unit.median().alias('q2'),
      unit.quantile(0.75, 'linear').alias('q3'), unit.sub(unit.median()).abs().median().alias('mad'));

  return {
    version: pl.version,
    tasks: {
      hello: async () => ({}),
      prepare_declarations: async () => ({ rows: prepare('declarations') }),
      prepare_trade: async () => ({ rows: prepare('trade_import') + prepare('trade_export') }),
      ingest,
      sum: (request) => into_frame(request, () => scan('declarations')
        .select(value.count().cast(pl.Int64).alias('n_rows'), total(value, 'sum_value')), pl.all()),
      group_basic: (request) => into_frame(request, by_group, ...group_checks),
      group_median: (request) => into_frame(request, () => by_group(value.median().alias('middle')),
        ...group_checks,
        total(middle, 'sum_median'), total(middle.mul(rest), 'mix_median')),
      mirror: (request) => into_frame(request, mirror,
        pl.col('hs6').count().cast(pl.Int64).alias('n_rows'), pl.col('gap').count().cast(pl.Int64).alias('n_both'),
        pl.col('cif').count().cast(pl.Int64).alias('n_import'), pl.col('fob').count().cast(pl.Int64).alias('n_export'),
        total(pl.col('cif'), 'sum_cif'), total(pl.col('fob'), 'sum_fob'), total(pl.col('gap'), 'sum_gap'),
        total(pl.col('gap').abs(), 'sum_abs_gap'), total(pl.col('gap').abs().mul(rest), 'mix_gap')),
      quartiles: (request) => into_frame(request, quartiles,
        pl.col('n').count().cast(pl.Int64).alias('n_groups'), total(pl.col('n'), 'n_rows'), total(pl.col('q1'), 'sum_q1'),
        total(pl.col('q2'), 'sum_q2'), total(pl.col('q3'), 'sum_q3'), total(pl.col('mad'), 'sum_mad'),
        total(pl.col('q2').mul(rest), 'mix_q2'), total(pl.col('mad').mul(rest), 'mix_mad')),
    },
    close: async () => {},
  };
});
