#include "kernels/mirror/partner/non_reporters.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace tarifa::kernels
{
namespace
{

/// Place of the month in the counts; the last is that of annual periods.
constexpr std::size_t slot_of(std::int32_t period) noexcept
{
  return period > 9999 ? static_cast<std::size_t>(period % 100 - 1) : 12;
}

}  // namespace

ReporterPresence::ReporterPresence(std::size_t countries, std::int32_t first_year, std::size_t years)
    : countries_(countries)
    , first_year_(first_year)
    , years_(years)
    , counts_(countries * years * 2 * slots)
{
}

std::int64_t const* ReporterPresence::at(std::int32_t country, std::int32_t year,
                                         Direction direction) const noexcept
{
  std::int32_t const offset = year - first_year_;
  if (offset < 0 || offset >= static_cast<std::int32_t>(years_))
  {
    return nullptr;
  }
  std::size_t const row = static_cast<std::size_t>(country) * years_ + static_cast<std::size_t>(offset);
  return counts_.data() + (row * 2 + static_cast<std::size_t>(direction)) * slots;
}

void ReporterPresence::add(FlowBlock const& block)
{
  auto const count = [&](std::int32_t country, std::int32_t period, Direction direction)
  {
    if (std::int64_t const* const row = at(country, year_of(period), direction); row != nullptr)
    {
      ++counts_[static_cast<std::size_t>(row - counts_.data()) + slot_of(period)];
    }
  };
  for (std::size_t flow = 0; flow < block.size(); ++flow)
  {
    if (!std::isnan(block.exported[flow]))
    {
      count(block.exporter[flow], block.period[flow], Direction::exports);
    }
    if (!std::isnan(block.imported[flow]))
    {
      count(block.importer[flow], block.period[flow], Direction::imports);
    }
  }
}

void ReporterPresence::add(ReporterPresence const& other)
{
  if (other.counts_.size() != counts_.size() || other.first_year_ != first_year_)
  {
    throw std::invalid_argument("reporters of different years or countries cannot be added");
  }
  std::transform(counts_.begin(), counts_.end(), other.counts_.begin(), counts_.begin(), std::plus<>());
}

std::int64_t ReporterPresence::flows(std::int32_t country, std::int32_t year,
                                     Direction direction) const noexcept
{
  std::int64_t const* const row = at(country, year, direction);
  std::int64_t sum = 0;
  for (std::size_t slot = 0; row != nullptr && slot < slots; ++slot)
  {
    sum += row[slot];
  }
  return sum;
}

int ReporterPresence::months(std::int32_t country, std::int32_t year, Direction direction) const noexcept
{
  std::int64_t const* const row = at(country, year, direction);
  int months = 0;
  for (std::size_t month = 0; row != nullptr && month + 1 < slots; ++month)
  {
    months += row[month] > 0 || row[slots - 1] > 0 ? 1 : 0;
  }
  return months;
}

bool ReporterPresence::is_absent(std::int32_t country, std::int32_t period,
                                 Direction direction) const noexcept
{
  std::int64_t const* const row = at(country, year_of(period), direction);
  if (row == nullptr)
  {
    return false;
  }
  std::size_t const slot = slot_of(period);
  return slot + 1 == slots ? flows(country, period, direction) == 0 : row[slot] == 0 && row[slots - 1] == 0;
}

CompletedFlows complete_flows(FlowBlock const& block, ReporterPresence const& presence,
                              std::span<double const> cif_fob_ratio)
{
  auto const copy = [](std::span<double const> column)
  { return std::vector<double>(column.begin(), column.end()); };
  CompletedFlows flows{copy(block.exported), copy(block.imported), copy(block.exported_kg),
                       copy(block.imported_kg), std::vector<Estimated>(block.size(), Estimated::none)};
  for (std::size_t flow = 0; flow < block.size(); ++flow)
  {
    std::int32_t const period = block.period[flow];
    if (std::isnan(block.exported[flow]) && !std::isnan(block.imported[flow])
        && presence.is_absent(block.exporter[flow], period, Direction::exports))
    {
      flows.exported[flow] = block.imported[flow] / cif_fob_ratio[flow];
      flows.exported_kg[flow] = block.imported_kg[flow];
      flows.estimated[flow] = Estimated::exports;
    }
    else if (std::isnan(block.imported[flow]) && !std::isnan(block.exported[flow])
             && presence.is_absent(block.importer[flow], period, Direction::imports))
    {
      flows.imported[flow] = block.exported[flow] * cif_fob_ratio[flow];
      flows.imported_kg[flow] = block.exported_kg[flow];
      flows.estimated[flow] = Estimated::imports;
    }
  }
  return flows;
}

}  // namespace tarifa::kernels
