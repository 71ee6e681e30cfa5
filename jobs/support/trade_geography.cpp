#include "jobs/support/trade_geography.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "pipeline/archive/manifest.hpp"
#include "pipeline/archive/table_reader.hpp"

namespace tarifa::jobs
{
namespace
{

constexpr std::int32_t nowhere = -1;

/// Position of each text of a dictionary among the countries of the analysis.
std::vector<std::int32_t> places(TableColumn const& column, std::vector<std::string> const& countries)
{
  std::vector<std::int32_t> found;
  for (std::string const& text : column.dictionary)
  {
    auto const at = std::lower_bound(countries.begin(), countries.end(), text);
    found.push_back(at != countries.end() && *at == text ? static_cast<std::int32_t>(at - countries.begin())
                                                         : nowhere);
  }
  return found;
}

/// A table of a few thousand rows, read whole on every rank.
class SmallTable
{
 public:
  SmallTable(Comm const& comm, std::filesystem::path const& archive, std::string const& name)
      : name_(name)
      , reader_(comm, archive, name, {})
  {
  }

  InputFact fact() const { return {name_, "xxh3:" + reader_.content_digest(), 0}; }
  TableColumn const& column(std::size_t at) const { return reader_.column(at); }
  std::optional<std::size_t> find(std::string_view column) const
  {
    for (std::size_t at = 0; at < reader_.columns().size(); ++at)
    {
      if (reader_.column(at).schema.name == column)
      {
        return at;
      }
    }
    return std::nullopt;
  }
  /// Place of a column that must be there and of this kind; Error(data).
  std::size_t at(std::string_view column, std::initializer_list<ColumnKind> kinds) const
  {
    std::optional<std::size_t> const at = find(column);
    require(at.has_value(), Fault::data,
            [&] { return fmt::format("table {} has no column {}", name_, column); });
    require(std::find(kinds.begin(), kinds.end(), reader_.column(*at).schema.kind) != kinds.end(),
            Fault::data,
            [&]
            {
              return fmt::format("column {} of table {} is of kind {}", column, name_,
                                 name_of(reader_.column(*at).schema.kind));
            });
    return *at;
  }

  /// Calls use(cells, row) for every row.
  void each(std::function<void(ShardBuffer const&, std::size_t)> const& use) const
  {
    ShardBuffer cells;
    for (std::size_t shard = 0; shard < reader_.shards().size(); ++shard)
    {
      reader_.open(shard, cells);
      while (cells.next())
      {
        for (std::size_t row = 0; row < static_cast<std::size_t>(cells.rows()); ++row)
        {
          use(cells, row);
        }
      }
    }
  }
  std::int64_t number(ShardBuffer const& cells, std::size_t column, std::size_t row) const
  {
    return reader_.column(column).is_wide ? cells.wide(column)[row] : cells.narrow(column)[row];
  }

 private:
  std::string name_;
  TableReader reader_;
};

bool is_there(ShardBuffer const& cells, std::size_t column, std::size_t row)
{
  return cells.valid(column).empty() || cells.valid(column)[row] != 0;
}

void require_table(std::vector<std::string> const& tables, std::string const& name)
{
  require(std::find(tables.begin(), tables.end(), name) != tables.end(), Fault::usage,
          [&]
          {
            return fmt::format(
                "the archive has no table {0}, which this method needs: ingest one with "
                "configs/sources/{0}-cepii.ini or, for a synthetic world, synth-{0}.ini",
                name);
          });
}

constexpr auto codes = {ColumnKind::code};
constexpr auto numbers = {ColumnKind::integer, ColumnKind::decimal};

void read_distances(SmallTable const& table, std::vector<std::string> const& countries,
                    kernels::CountryPairs& pairs)
{
  std::size_t const country = table.at("country", codes), partner = table.at("partner", codes);
  std::size_t const distance = table.at("distance", numbers), contiguous = table.at("contiguous", numbers);
  std::optional<std::size_t> const weighted = table.find("distance_weighted");
  std::vector<std::int32_t> const from = places(table.column(country), countries);
  std::vector<std::int32_t> const to = places(table.column(partner), countries);
  table.each(
      [&](ShardBuffer const& cells, std::size_t row)
      {
        std::int32_t const one = from[static_cast<std::size_t>(cells.narrow(country)[row])];
        std::int32_t const other = to[static_cast<std::size_t>(cells.narrow(partner)[row])];
        if (one == nowhere || other == nowhere)
        {
          return;
        }
        std::size_t const column = weighted && is_there(cells, *weighted, row) ? *weighted : distance;
        double const km = static_cast<double>(table.number(cells, column, row))
                          / table.column(column).schema.stored_per_unit();
        bool const touch = table.number(cells, contiguous, row) != 0;
        pairs.set(one, other, km, touch);
        if (std::isnan(pairs.distance(other, one)))
        {
          pairs.set(other, one, km, touch);
        }
      });
}

void read_landlocked(SmallTable const& table, std::vector<std::string> const& countries,
                     kernels::CountryPairs& pairs)
{
  std::size_t const country = table.at("country", codes), landlocked = table.at("landlocked", numbers);
  std::vector<std::int32_t> const of = places(table.column(country), countries);
  table.each(
      [&](ShardBuffer const& cells, std::size_t row)
      {
        std::int32_t const here = of[static_cast<std::size_t>(cells.narrow(country)[row])];
        if (here != nowhere && table.number(cells, landlocked, row) != 0)
        {
          pairs.set_landlocked(here);
        }
      });
}

std::vector<std::string> without_pair(std::vector<std::string> const& countries,
                                      kernels::CountryPairs const& pairs)
{
  std::vector<std::string> none;
  auto const size = static_cast<std::int32_t>(countries.size());
  for (std::int32_t country = 0; country < size; ++country)
  {
    bool known = false;
    for (std::int32_t other = 0; other < size && !known; ++other)
    {
      known = other != country && !std::isnan(pairs.distance(country, other));
    }
    if (!known)
    {
      none.push_back(countries[static_cast<std::size_t>(country)]);
    }
  }
  return none;
}

}  // namespace

TradeGeography read_geography(Comm const& comm, std::filesystem::path const& archive,
                              std::vector<std::string> const& countries)
{
  comm.all_or_none("geography",
                   [&]
                   {
                     std::vector<std::string> const tables = tables_of(archive);
                     require_table(tables, "distances");
                     require_table(tables, "countries");
                   });
  SmallTable const distances(comm, archive, "distances");
  SmallTable const lands(comm, archive, "countries");
  return comm.all_or_none("geography",
                          [&]
                          {
                            TradeGeography geography{kernels::CountryPairs(countries.size()), {}, {}};
                            read_distances(distances, countries, geography.pairs);
                            read_landlocked(lands, countries, geography.pairs);
                            geography.inputs = {distances.fact(), lands.fact()};
                            geography.without_pair = without_pair(countries, geography.pairs);
                            return geography;
                          });
}

}  // namespace tarifa::jobs
