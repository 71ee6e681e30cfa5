#include "kernels/mirror/partner/fao_unit_values.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "kernels/statistics/portable_math.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// NaN where there is no weight or nothing is worth anything.
double unit_value(double value, double kg)
{
  return value > 0 && kg > 0 ? value / kg : nan;
}

double mean(std::span<double const> values)
{
  double sum = 0, count = 0;
  for (double const value : values)
  {
    sum += std::isnan(value) ? 0 : value;
    count += std::isnan(value) ? 0 : 1;
  }
  return sum / count;
}

}  // namespace

FaoUnitValues::FaoUnitValues(std::size_t countries, std::int32_t period, FaoUnitValueSettings settings)
    : countries_(countries)
    , period_(period)
    , settings_(std::move(settings))
{
  using Depth = GroupedOrder::Depth;
  if (settings_.levels.empty() || settings_.levels.front().empty())
  {
    throw std::invalid_argument("unit values need the codes of the products");
  }
  for (auto const& level : settings_.levels)
  {
    codes_.push_back(static_cast<std::size_t>(*std::max_element(level.begin(), level.end())) + 1);
  }
  for (std::size_t const codes : codes_)
  {
    orders_.emplace_back(2 * countries * codes, std::vector{Depth::median}, settings_.more_than + 1);
  }
  for (std::size_t const codes : codes_)
  {
    orders_.emplace_back(2 * codes, std::vector{Depth::median});
  }
  orders_.emplace_back(2 * countries, std::vector{Depth::median});
  orders_.emplace_back(2 * countries * codes_.front(), std::vector{Depth::lower_hinge, Depth::upper_hinge});
}

std::size_t FaoUnitValues::group(std::size_t which, FaoRole role, std::int32_t reporter,
                                 std::int32_t product) const noexcept
{
  auto const side = static_cast<std::size_t>(role), country = static_cast<std::size_t>(reporter);
  if (which == 2 * levels())
  {
    return side * countries_ + country;
  }
  bool const of_world = which >= levels() && which < 2 * levels();
  std::size_t const level = which > 2 * levels() ? 0 : which % levels();
  auto const code = static_cast<std::size_t>(settings_.levels[level][static_cast<std::size_t>(product)]);
  return (of_world ? side : side * countries_ + country) * codes_[level] + code;
}

void FaoUnitValues::add(FlowBlock const& block)
{
  for (std::size_t flow = 0; flow < block.size(); ++flow)
  {
    for (FaoRole const role : {FaoRole::exporter, FaoRole::importer})
    {
      bool const exports = role == FaoRole::exporter;
      double const value = exports ? block.exported[flow] : block.imported[flow];
      if (block.period[flow] != period_ || std::isnan(value))
      {
        continue;
      }
      std::int32_t const reporter = exports ? block.exporter[flow] : block.importer[flow];
      double const worth = unit_value(value, exports ? block.exported_kg[flow] : block.imported_kg[flow]);
      for (std::size_t which = 0; which < orders_.size(); ++which)
      {
        bool const boxes = which + 1 == orders_.size();
        orders_[which].count(group(which, role, reporter, block.product[flow]),
                             boxes ? portable_log(worth) : worth);
      }
    }
  }
}

void FaoUnitValues::add(FaoUnitValues const& other)
{
  if (other.period_ != period_ || other.orders_.size() != orders_.size())
  {
    throw std::invalid_argument("unit values of different levels or periods cannot be added");
  }
  for (std::size_t which = 0; which < orders_.size(); ++which)
  {
    orders_[which].add(other.orders_[which]);
  }
}

std::vector<std::int64_t> FaoUnitValues::to_digits() const
{
  std::vector<std::int64_t> digits;
  for (GroupedOrder const& order : orders_)
  {
    auto const& some = order.to_digits();
    digits.insert(digits.end(), some.begin(), some.end());
  }
  return digits;
}

void FaoUnitValues::set_digits(std::span<std::int64_t const> digits)
{
  for (GroupedOrder& order : orders_)
  {
    std::size_t const size = order.to_digits().size();
    order.set_digits(digits.first(size));
    digits = digits.subspan(size);
  }
}

void FaoUnitValues::narrow()
{
  for (GroupedOrder& order : orders_)
  {
    order.narrow();
  }
}

FaoUnitValue FaoUnitValues::look_up(FaoRole role, std::int32_t reporter, std::int32_t product, double value,
                                    double kg) const
{
  using Depth = GroupedOrder::Depth;
  FaoUnitValue result;
  result.unit_value = unit_value(value, kg);
  for (std::size_t which = 0; which <= 2 * levels() && std::isnan(result.median); ++which)
  {
    result.median = orders_[which].value(group(which, role, reporter, product), Depth::median);
    result.level = std::isnan(result.median) ? -1 : static_cast<int>(which);
  }
  double const ratio = result.unit_value / result.median;
  result.beyond_ratio = ratio > settings_.most_ratio || ratio < 1 / settings_.most_ratio;
  if (settings_.box_length > 0 && !std::isnan(result.unit_value))
  {
    std::size_t const box = group(orders_.size() - 1, role, reporter, product);
    double const low = orders_.back().value(box, Depth::lower_hinge);
    double const high = orders_.back().value(box, Depth::upper_hinge);
    double const whisker = settings_.box_length * (high - low), worth = portable_log(result.unit_value);
    result.beyond_box = worth < low - whisker || worth > high + whisker;
  }
  bool const bad = !(kg > 0) || result.beyond_ratio || result.beyond_box;
  result.kg_is_estimate = bad && !std::isnan(result.median);
  result.kg = result.kg_is_estimate ? value / result.median : kg;
  return result;
}

void FaoUnitValues::apply(FlowBlock const& block, FaoRole role, std::span<FaoUnitValue> values) const
{
  bool const exports = role == FaoRole::exporter;
  for (std::size_t flow = 0; flow < block.size(); ++flow)
  {
    double const value = exports ? block.exported[flow] : block.imported[flow];
    values[flow] = FaoUnitValue();
    if (block.period[flow] == period_ && !std::isnan(value))
    {
      values[flow] = look_up(role, exports ? block.exporter[flow] : block.importer[flow], block.product[flow],
                             value, exports ? block.exported_kg[flow] : block.imported_kg[flow]);
    }
  }
}

bool is_fao_time_outlier(double unit_value, std::span<double const> unit_values_before,
                         std::span<double const> kg_before)
{
  constexpr double least_mean_kg = 1e6, least_ratio = 0.25, most_ratio = 4, least_growth = -0.5,
                   most_growth = 1;
  if (std::isnan(unit_value) || unit_values_before.empty() || !(mean(kg_before) > least_mean_kg))
  {
    return false;
  }
  double const ratio = unit_value / mean(unit_values_before);
  double const growth = unit_value / unit_values_before.back() - 1;
  return ratio < least_ratio || ratio > most_ratio || growth < least_growth || growth > most_growth;
}

}  // namespace tarifa::kernels
