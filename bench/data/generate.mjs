/// Makes the CSV files the benchmark reads when no other data is given: declarations and both sides of trade.
/// node generate.mjs --rows N --out DIR [--seed S]. The same rows and seed give the same bytes on every machine.
import { closeSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';

const FLUSH_BYTES = 8 << 20;
const LONGEST_LINE = 1024;
const REPORTERS = 40;
const COUNTRIES = 200;
const PRODUCTS = 5000;
const IMPORTERS = 200_000;
const DECLARANTS = 5000;
const FIRST_YEAR = 2015;
const YEARS = 10;

/// 32-bit generator (xorshift128 by Marsaglia, 2003); plenty for keys and noise.
class Random
{
  constructor(seed)
  {
    this.x = seed | 0 || 1;
    this.y = 362436069;
    this.z = 521288629;
    this.w = 88675123;
    for (let i = 0; i < 64; ++i)
    {
      this.next();
    }
  }

  next()
  {
    const t = this.x ^ (this.x << 11);
    this.x = this.y;
    this.y = this.z;
    this.z = this.w;
    this.w = this.w ^ (this.w >>> 19) ^ t ^ (t >>> 8);
    return this.w >>> 0;
  }

  below(n)
  {
    return Math.floor((this.next() / 4294967296) * n);
  }

  share()
  {
    return this.next() / 4294967296;
  }
}

/// Draws ranks 0..n-1 with probability proportional to 1/(rank+1)^exponent, from a table of 2^18 quantiles.
class Zipf
{
  constructor(n, exponent)
  {
    const weights = Float64Array.from({ length: n }, (_, i) => 1 / (i + 1) ** exponent);
    const total = weights.reduce((a, b) => a + b, 0);
    this.table = new Uint32Array(1 << 18);
    let rank = 0;
    let below = weights[0];
    for (let i = 0; i < this.table.length; ++i)
    {
      while (rank < n - 1 && (i + 0.5) / this.table.length > below / total)
      {
        below += weights[++rank];
      }
      this.table[i] = rank;
    }
  }

  draw(random)
  {
    return this.table[random.next() >>> 14];
  }
}

/// Buffered lines of comma-separated fields in ASCII.
class CsvFile
{
  constructor(path, header)
  {
    this.path = path;
    this.file = openSync(`${path}.partial`, 'w');
    this.bytes = Buffer.allocUnsafe(FLUSH_BYTES + LONGEST_LINE);
    this.at = this.bytes.write(`${header.join(',')}\n`, 0, 'latin1');
  }

  text(value)
  {
    for (let i = 0; i < value.length; ++i)
    {
      this.bytes[this.at++] = value.charCodeAt(i);
    }
    this.bytes[this.at++] = 44;
  }

  /// `units` of 10^-scale, `units` below 2^53.
  decimal(units, scale)
  {
    const power = 10 ** scale;
    const whole = Math.floor(units / power);
    this.padded(whole, 1);
    if (scale > 0)
    {
      this.bytes[this.at - 1] = 46;
      this.padded(units - whole * power, scale);
    }
  }

  padded(number, digits)
  {
    let width = 1;
    for (let limit = 10; limit <= number; limit *= 10)
    {
      ++width;
    }
    width = Math.max(width, digits);
    let rest = number;
    for (let i = this.at + width - 1; i >= this.at; --i)
    {
      const tenth = Math.floor(rest / 10);
      this.bytes[i] = 48 + (rest - tenth * 10);
      rest = tenth;
    }
    this.at += width;
    this.bytes[this.at++] = 44;
  }

  missing()
  {
    this.bytes[this.at++] = 44;
  }

  end_line()
  {
    this.bytes[this.at - 1] = 10;
    if (this.at >= FLUSH_BYTES)
    {
      this.flush();
    }
  }

  flush()
  {
    for (let done = 0; done < this.at;)
    {
      done += writeSync(this.file, this.bytes, done, this.at - done);
    }
    this.at = 0;
  }

  close()
  {
    this.flush();
    closeSync(this.file);
    renameSync(`${this.path}.partial`, this.path);
  }
}

function letters(index)
{
  return String.fromCharCode(65 + Math.floor(index / 26), 65 + (index % 26));
}

/// Names of the world: codes a row refers to by position.
function make_world(random)
{
  const chapters = Array.from({ length: 97 }, (_, i) => i + 1);
  const hs6 = Array.from({ length: PRODUCTS }, (_, i) => chapters[i % 97] * 10000 + 101 + Math.floor(i / 97) * 179);
  for (let i = PRODUCTS - 1; i > 0; --i)
  {
    const j = random.below(i + 1);
    [hs6[i], hs6[j]] = [hs6[j], hs6[i]];
  }
  const days = Array.from({ length: YEARS * 365 }, (_, i) =>
    new Date(Date.UTC(FIRST_YEAR, 0, 1) + i * 86_400_000).toISOString().slice(0, 10));
  return {
    countries: Array.from({ length: COUNTRIES }, (_, i) => letters((i * 331) % 676)),
    offices: Array.from({ length: 300 }, (_, i) => `O${String(1000 + i * 7)}`),
    procedures: ['4000', '4071', '4200', '5100', '5171', '5300', '6110', '6123', '7100', '4051', '4053', '4078'],
    currencies: ['USD', 'EUR', 'CNY', 'JPY', 'GBP', 'INR', 'KRW', 'CHF', 'BRL', 'ZAR', 'XOF', 'AED'],
    units: ['KGM', 'NMB', 'LTR', 'MTK', 'MTR', 'MTQ', 'PAR', 'GRM', 'SET', 'CEN'],
    preferences: ['100', '200', '300', '310', '320', '400'],
    channels: ['G', 'Y', 'R', 'B'],
    modes: ['1', '2', '3', '4', '5', '7'],
    hs6,
    days,
    price: Float64Array.from({ length: PRODUCTS }, () => Math.exp(random.share() * 6 - 1)),
    by_reporter: new Zipf(REPORTERS, 0.8),
    by_partner: new Zipf(COUNTRIES, 0.9),
    by_product: new Zipf(PRODUCTS, 0.7),
    by_importer: new Zipf(IMPORTERS, 0.8),
    by_declarant: new Zipf(DECLARANTS, 0.6),
    by_code: new Zipf(10, 1.2),
    by_office: new Zipf(300, 0.7),
  };
}

/// Sum of four uniforms, centred: near enough to a normal draw for prices and weights.
function bell(random)
{
  return random.share() + random.share() + random.share() + random.share() - 2;
}

function write_declarations(world, random, rows, path, columns)
{
  const out = new CsvFile(path, columns);
  for (let i = 0; i < rows; ++i)
  {
    const reporter = world.by_reporter.draw(random);
    const origin = world.by_partner.draw(random);
    const product = world.by_product.draw(random);
    const day = Math.floor((i / rows) * world.days.length);
    const grams = Math.round(Math.exp(9 + 2.2 * bell(random) * 1.7));
    const unit_price = world.price[product] * Math.exp(0.8 * bell(random)) * (1 + origin / 400);
    const invoice = Math.max(100, Math.round((grams / 1000) * unit_price * 100));
    const freight = Math.round(invoice * 0.05 * random.share());
    const insurance = Math.round(invoice * 0.004);
    const value = invoice + freight + insurance;
    const duty = Math.round(value * 0.01 * (product % 26));
    out.text('D');
    --out.at;
    out.padded(100_000_000 + Math.floor(i / 3), 9);
    out.padded(1 + (i % 3), 1);
    out.text(world.days[day]);
    out.text(world.countries[reporter]);
    out.text(world.offices[world.by_office.draw(random)]);
    out.text(world.procedures[world.by_code.draw(random)]);
    out.text('M');
    --out.at;
    out.padded(world.by_importer.draw(random), 7);
    out.text('B');
    --out.at;
    out.padded(world.by_declarant.draw(random), 5);
    out.text(world.countries[origin]);
    out.text(world.countries[random.below(4) === 0 ? world.by_partner.draw(random) : origin]);
    out.padded(world.hs6[product] * 10000 + (random.next() & 7) * 10, 10);
    const currency = world.by_code.draw(random);
    out.text(world.currencies[currency]);
    out.decimal(10_000 + currency * 7919, 4);
    out.decimal(invoice, 2);
    if (random.below(20) === 0)
    {
      out.missing();
      out.missing();
    }
    else
    {
      out.decimal(freight, 2);
      out.decimal(insurance, 2);
    }
    out.decimal(value, 2);
    if (random.below(50) === 0)
    {
      out.missing();
    }
    else
    {
      out.decimal(random.below(200) === 0 ? 0 : grams, 3);
    }
    out.decimal(Math.round(grams * 1.08), 3);
    if (random.below(10) < 3)
    {
      out.missing();
    }
    else
    {
      out.decimal((1 + random.below(500)) * 1000, 3);
    }
    out.text(world.units[world.by_code.draw(random)]);
    out.padded(1 + random.below(40), 1);
    out.text(world.modes[random.below(6)]);
    random.below(3) === 0 ? out.missing() : out.text(world.preferences[random.below(6)]);
    out.decimal(duty, 2);
    out.decimal(Math.round((value + duty) * 0.18), 2);
    out.text(world.channels[random.below(4)]);
    out.end_line();
  }
  out.close();
}

function trade_row(out, reporter, partner, flow, hs6, period, mode, cents, grams)
{
  out.text(reporter);
  out.text(partner);
  out.text(flow);
  out.padded(hs6, 6);
  out.padded(period, 6);
  out.text(mode);
  out.decimal(cents, 2);
  grams % 50 === 0 ? out.missing() : out.decimal(grams, 3);
  out.end_line();
}

/// Shipments seen by the exporter, the importer or both; the importer sees freight on top and some noise.
function write_trade(world, random, shipments, import_path, export_path, columns)
{
  const imports = new CsvFile(import_path, columns);
  const exports = new CsvFile(export_path, columns);
  for (let i = 0; i < shipments; ++i)
  {
    const exporter = world.countries[world.by_partner.draw(random)];
    const importer = world.countries[world.by_partner.draw(random)];
    const product = world.by_product.draw(random);
    const month = Math.floor((i / shipments) * YEARS * 12);
    const period = (FIRST_YEAR + Math.floor(month / 12)) * 100 + (month % 12) + 1;
    const grams = Math.round(Math.exp(11 + 3 * bell(random)));
    const cents = Math.max(100, Math.round((grams / 10) * world.price[product] * Math.exp(0.5 * bell(random))));
    const mode = world.modes[random.below(6)];
    if (random.below(100) < 82)
    {
      const seen = Math.max(1, Math.round(cents * 1.06 * Math.exp(0.2 * bell(random))));
      trade_row(imports, importer, exporter, 'M', world.hs6[product], period, mode, seen, grams);
    }
    if (random.below(100) < 82)
    {
      trade_row(exports, exporter, importer, 'X', world.hs6[product], period, mode, cents, grams);
    }
  }
  imports.close();
  exports.close();
}

/// Writes the three files into `folder`. `rows` declarations and about 0.82 x rows trade rows.
export function generate(tables, rows, folder, seed)
{
  mkdirSync(folder, { recursive: true });
  const random = new Random(seed);
  const world = make_world(random);
  const names = (table) => table.columns.map((column) => column.name);
  write_declarations(world, random, rows, join(folder, tables.declarations.file), names(tables.declarations));
  write_trade(world, random, Math.round(rows / 2), join(folder, tables.trade_import.file),
    join(folder, tables.trade_export.file), names(tables.trade_import));
}

if (process.argv[1] === fileURLToPath(import.meta.url))
{
  const { values } = parseArgs({
    options: { rows: { type: 'string' }, out: { type: 'string' }, seed: { type: 'string', default: '1' } },
  });
  const { read_tables } = await import('../peers/tables.mjs');
  generate(read_tables(), Number(values.rows), values.out, Number(values.seed));
}
