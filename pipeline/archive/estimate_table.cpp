#include "pipeline/archive/estimate_table.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/archive/table_manifests.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

/// Part `a` of `b` of an amount.
std::int64_t part_of(std::int64_t amount, std::int64_t a, std::int64_t b)
{
  return static_cast<std::int64_t>(static_cast<Int128>(amount) * a / std::max<std::int64_t>(b, 1));
}

/// Superseded rows are spread over the shards of their part: where they are the manifest does not say.
void add_shards(PartFate const& fate, std::vector<WorkUnit>& units)
{
  PartDigest const& part = *fate.part;
  std::int64_t const counted = part.rows - fate.superseded;
  for (std::int64_t first = 0; first < part.rows && counted > 0; first += fate.shard_rows)
  {
    std::int64_t const end = std::min(first + fate.shard_rows, part.rows);
    units.push_back({part_of(counted, end, part.rows) - part_of(counted, first, part.rows),
                     part_of(part.bytes, end, part.rows) - part_of(part.bytes, first, part.rows)});
  }
}

}  // namespace

Estimate estimate_table(Comm const& comm, std::filesystem::path const& archive, std::string const& table,
                        ReadRequest const& request)
{
  std::vector<Manifest> const manifests = read_manifests(comm, archive, table, request.as_of);
  Estimate estimate;
  comm.all_or_none("table " + table,
                   [&]
                   {
                     auto const& wanted = request.partitions;
                     auto const fates = parts_of(manifests);
                     for (std::string const& name : wanted)
                     {
                       require(std::any_of(fates.begin(), fates.end(),
                                           [&](auto const& one) { return one.first.partition == name; }),
                               Fault::usage, fmt::format("has no partition '{}'", name));
                     }
                     for (auto const& [key, fate] : fates)
                     {
                       if (wanted.empty() || std::ranges::find(wanted, key.partition) != wanted.end())
                       {
                         add_shards(fate, estimate.units);
                       }
                     }
                   });
  for (WorkUnit const& unit : estimate.units)
  {
    estimate.rows += unit.rows;
  }
  std::vector<std::string> vintages;
  for (Manifest const& manifest : manifests)
  {
    vintages.push_back(manifest.vintage);
  }
  estimate.basis = fmt::format("manifests of table {}, vintages {}", table, fmt::join(vintages, ", "));
  return estimate;
}

}  // namespace tarifa
