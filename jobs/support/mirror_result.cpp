#include "jobs/support/mirror_result.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <set>
#include <sstream>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/run/config_text.hpp"
#include "pipeline/run/nearest.hpp"
#include "pipeline/run/options.hpp"

namespace tarifa::jobs
{
namespace
{

constexpr std::int64_t block_rows = std::int64_t{1} << 18U;
constexpr std::array<char const*, 4> key_names{"hs", "exporter", "importer", "period"};

std::int64_t& key_of(CellKeys& keys, std::size_t k)
{
  return k == 0 ? keys.hs : k == 1 ? keys.exporter : k == 2 ? keys.importer : keys.period;
}

/// The options of mirror that decide which rows are read, out of all that its config has.
void read_config(std::string const& text, MirrorScope& scope)
{
  std::set<std::string, std::less<>> const wanted{"table",      "import-flows", "export-flows",
                                                  "hs-digits",  "period",       "as-of",
                                                  "first-year", "last-year",    "partitions"};
  Options options;
  options.section("mirror");
  scope.flows.declare(options);
  options.add("partitions", scope.partitions, "");
  options.add("as-of", scope.as_of, "");
  std::string of_rows = "[mirror]\n";
  for (ConfigEntry const& entry : read_config_text(text))
  {
    if (entry.section == "mirror" && wanted.contains(entry.key))
    {
      of_rows += entry.key + " = " + config_value(entry.value) + "\n";
    }
  }
  options.load(of_rows, {}, "its config");
}

/// Lines "DIGEST  BYTES bytes  NAME".
std::string digest_in(std::string const& inputs, std::string const& table)
{
  std::istringstream lines(inputs);
  for (std::string line; std::getline(lines, line);)
  {
    if (line.ends_with(" bytes  " + table))
    {
      return line.substr(0, line.find(' '));
    }
  }
  return "";
}

}  // namespace

MirrorResult::MirrorResult(std::filesystem::path const& path) : reader_(path), path_(path.string())
{
  std::string const job = reader_.note("job");
  require(job == "mirror", Fault::usage,
          [&]
          {
            return path_ + ": is a result of " + (job.empty() ? "no job that is known" : job)
                   + "; explain opens cells of results of mirror";
          });
  columns_ = reader_.columns("cells");
  scope_.version = reader_.note("version") + " (" + reader_.note("git_hash") + ")";
  std::string const config = reader_.note("config");
  try
  {
    read_config(config, scope_);
  }
  catch (Error const& e)
  {
    throw Error(Fault::data,
                path_ + ": is of another version of tarifa, " + scope_.version + ": " + e.what());
  }
  scope_.digest = digest_in(reader_.note("inputs"), scope_.flows.table);
  require(!scope_.digest.empty(), Fault::data,
          [&] { return path_ + ": its inputs do not name table " + scope_.flows.table; });
}

ResultColumnInfo const& MirrorResult::column(std::string const& name) const
{
  auto const found = std::find_if(columns_.begin(), columns_.end(),
                                  [&](ResultColumnInfo const& one) { return one.name == name; });
  require(found != columns_.end(), Fault::data, [&] { return path_ + ": cells have no column " + name; });
  return *found;
}

std::int64_t MirrorResult::country(std::string const& key, std::string const& text) const
{
  auto const found = std::find(countries().begin(), countries().end(), text);
  require(found != countries().end(), Fault::usage,
          [&] {
            return fmt::format("no country of {} is '{}' ({}).{}", path_, text, key,
                               suggestion(text, countries()));
          });
  return found - countries().begin();
}

CellKeys MirrorResult::keys(std::vector<std::string> const& words) const
{
  CellKeys keys;
  std::vector<std::string> const names(key_names.begin(), key_names.end());
  for (std::string const& word : words)
  {
    std::size_t const sign = word.find('=');
    std::string const name = word.substr(0, sign);
    std::size_t const k =
        static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    require(sign != std::string::npos && k < names.size(), Fault::usage,
            [&]
            {
              return fmt::format("explain.cell '{}': is not KEY=VALUE with one of the keys {}.{}", word,
                                 fmt::join(names, ", "), suggestion(name, names));
            });
    std::int64_t& key = key_of(keys, k);
    require(key == CellKeys::any, Fault::usage,
            [&] { return fmt::format("explain.cell has {} more than once", name); });
    std::string const value = word.substr(sign + 1);
    if (k == 1 || k == 2)
    {
      key = country(name, value);
      continue;
    }
    auto const [end, error] = std::from_chars(value.data(), value.data() + value.size(), key);
    bool const is_number = error == std::errc() && end == value.data() + value.size() && key >= 0;
    int const digits = column(name).digits;
    require(is_number && (digits == 0 || std::ssize(value) == digits), Fault::usage,
            [&]
            {
              return fmt::format("explain.cell '{}': {}", word,
                                 k == 0 ? fmt::format("products of {} have {} digits", path_, digits)
                                        : "a period is a number, YYYY or YYYYMM");
            });
  }
  return keys;
}

std::string MirrorResult::hs_text(std::int64_t hs) const
{
  return fmt::format("{:0{}}", hs, column("hs").digits);
}

std::string MirrorResult::text_of_key(std::size_t key, std::int64_t value) const
{
  return key == 0               ? hs_text(value)
         : key == 1 || key == 2 ? countries()[static_cast<std::size_t>(value)]
                                : std::to_string(value);
}

std::string MirrorResult::text_of(CellKeys const& keys) const
{
  std::array<std::int64_t, 4> const values{keys.hs, keys.exporter, keys.importer, keys.period};
  std::string text;
  for (std::size_t k = 0; k < values.size(); ++k)
  {
    if (values[k] != CellKeys::any)
    {
      text += fmt::format("{}{}={}", text.empty() ? "" : ",", key_names[k], text_of_key(k, values[k]));
    }
  }
  return text.empty() ? "all cells" : text;
}

template <class Use>
void MirrorResult::each_key(std::int64_t first, std::int64_t end, Use&& use) const
{
  for (std::int64_t block = first; block < end; block += block_rows)
  {
    std::int64_t const rows = std::min(block_rows, end - block);
    std::array<ResultCells, 4> key;
    for (std::size_t k = 0; k < key.size(); ++k)
    {
      key[k] = reader_.read("cells", column(key_names[k]), block, rows);
    }
    for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row)
    {
      use(block + static_cast<std::int64_t>(row),
          std::array{key[0].whole[row], key[1].whole[row], key[2].whole[row], key[3].whole[row]});
    }
  }
}

template <class Use>
void MirrorResult::each_match(CellKeys const& keys, std::int64_t first, std::int64_t end, Use&& use) const
{
  for (std::int64_t block = first; block < end; block += block_rows)
  {
    std::vector<RankedCell> matched;
    each_key(block, std::min(block + block_rows, end),
             [&](std::int64_t row, std::array<std::int64_t, 4> const& key)
             {
               if (keys.take(key[0], key[1], key[2], key[3]))
               {
                 matched.push_back(
                     {.row = row, .hs = key[0], .exporter = key[1], .importer = key[2], .period = key[3]});
               }
             });
    if (!matched.empty())
    {
      use(matched,
          [&](char const* name)
          {
            return reader_
                .read("cells", column(name), matched.front().row,
                      matched.back().row - matched.front().row + 1)
                .whole;
          });
    }
  }
}

CellFigure MirrorResult::sum(CellKeys const& keys, std::int64_t first, std::int64_t end) const
{
  CellFigure total;
  each_match(keys, first, end,
             [&](std::vector<RankedCell> const& matched, auto const& read)
             {
               auto const each = [&](char const* name, auto&& use)
               {
                 auto const numbers = read(name);
                 for (RankedCell const& cell : matched)
                 {
                   use(numbers[static_cast<std::size_t>(cell.row - matched.front().row)]);
                 }
               };
               auto const add = [&](char const* name, auto& to)
               { each(name, [&](std::int64_t number) { to += number; }); };
               total.cells += std::ssize(matched);
               add("import_records", total.imported.records);
               add("export_records", total.exported.records);
               add("import_value", total.imported.value);
               add("export_value", total.exported.value);
               add("import_weight", total.imported.weight);
               add("export_weight", total.exported.weight);
               each("weight_status",
                    [&](std::int64_t status)
                    {
                      total.imported.without_weight += status & 1;
                      total.exported.without_weight += status >> 1;
                    });
             });
  return total;
}

std::vector<RankedCell> MirrorResult::largest(CellKeys const& keys, RankedCells which, std::size_t most,
                                              std::int64_t first, std::int64_t end) const
{
  std::vector<RankedCell> kept;
  each_match(keys, first, end,
             [&](std::vector<RankedCell>& matched, auto const& read)
             {
               std::int64_t const begin = matched.front().row;
               auto const fill = [&](char const* name, std::int64_t RankedCell::*member)
               {
                 auto const numbers = read(name);
                 for (RankedCell& cell : matched)
                 {
                   cell.*member = numbers[static_cast<std::size_t>(cell.row - begin)];
                 }
               };
               fill("status", &RankedCell::status);
               fill("import_records", &RankedCell::import_records);
               fill("export_records", &RankedCell::export_records);
               fill("import_value", &RankedCell::import_value);
               fill("export_value", &RankedCell::export_value);
               fill("asymmetry", &RankedCell::asymmetry);
               std::copy_if(matched.begin(), matched.end(), std::back_inserter(kept),
                            [&](RankedCell const& cell)
                            { return which == RankedCells::all || cell.status == 0; });
               keep_first(kept, most);
             });
  return kept;
}

std::string MirrorResult::near_cells(CellKeys const& keys) const
{
  if (cells() == 0)
  {
    return " It has no cells at all";
  }
  // Of every key the values of the cells that have all the others.
  std::array<std::set<std::int64_t>, 4> there;
  std::array<std::int64_t, 4> const wanted{keys.hs, keys.exporter, keys.importer, keys.period};
  each_key(0, cells(),
           [&](std::int64_t /*row*/, std::array<std::int64_t, 4> const& key)
           {
             std::size_t other = 0;
             std::size_t others = 0;
             for (std::size_t k = 0; k < key.size(); ++k)
             {
               bool const is_other = wanted[k] != CellKeys::any && wanted[k] != key[k];
               other = is_other ? k : other;
               others += is_other ? 1U : 0U;
             }
             if (others == 1)
             {
               there[other].insert(key[other]);
             }
           });
  std::string text;
  for (std::size_t k = 0; k < there.size(); ++k)
  {
    if (there[k].empty())
    {
      continue;
    }
    std::vector<std::string> names;
    for (std::int64_t const value : there[k])
    {
      names.push_back(text_of_key(k, value));
    }
    constexpr int most = 5;
    std::vector<std::string> near = nearest_names(text_of_key(k, wanted[k]), names, most);
    for (std::string const& name : names)
    {
      if (near.size() < most && std::find(near.begin(), near.end(), name) == near.end())
      {
        near.push_back(name);
      }
    }
    text += fmt::format(
        "{}{} {}{}", text.empty() ? " With the other keys there is " : "; ", key_names[k],
        fmt::join(near, ", "),
        names.size() > near.size() ? fmt::format(" and {} more", names.size() - near.size()) : "");
  }
  return text.empty() ? " Nor is there one that differs in one key only: leave keys out" : text;
}

void keep_first(std::vector<RankedCell>& cells, std::size_t most)
{
  std::sort(cells.begin(), cells.end(),
            [](RankedCell const& a, RankedCell const& b) {
              return std::tuple(-std::abs(a.asymmetry), a.row) < std::tuple(-std::abs(b.asymmetry), b.row);
            });
  cells.resize(std::min(cells.size(), most));
}

}  // namespace tarifa::jobs
