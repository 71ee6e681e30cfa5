#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "kernels/mirror/freight/freight_model.hpp"
#include "kernels/statistics/portable_math.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double error_offset = 0.02;
constexpr std::size_t error_bins = 400;
constexpr double error_bin_width = 0.02, lowest_error = -4;
constexpr std::int64_t least_of_group = 100;
constexpr std::array<double, 3> margin_limits = {0.04, 0.08, 0.15};
constexpr std::array<double, 2> value_limits = {-0.5, 0.5};
constexpr std::size_t groups = (margin_limits.size() + 1) * (value_limits.size() + 1);

std::size_t group_of(double ratio, double standard_value)
{
  std::size_t margin = 0, value = 0;
  while (margin < margin_limits.size() && ratio - 1 >= margin_limits[margin])
  {
    ++margin;
  }
  while (value < value_limits.size() && standard_value >= value_limits[value])
  {
    ++value;
  }
  return margin * (value_limits.size() + 1) + value;
}

}  // namespace

FreightErrors::FreightErrors() : counts_(groups * error_bins)
{
}

void FreightErrors::add(FreightTruth const& truth, std::size_t begin, std::size_t end,
                        FreightModel const& model)
{
  for (std::size_t row = begin; row < end; ++row)
  {
    if (truth.imputed[row] != 0 || model.learns_from(truth.importer[row]))
    {
      continue;
    }
    double const ratio = model.ratio(truth.flow(row));
    double const margin = std::max(truth.ratio[row] - 1 + error_offset, error_offset / 20);
    double const error = portable_log(margin / (ratio - 1 + error_offset));
    double const place = (error - lowest_error) / error_bin_width;
    auto const bin = static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(error_bins - 1)));
    ++counts_[group_of(ratio, model.standard_value(truth.log_value[row])) * error_bins + bin];
  }
}

void FreightErrors::add(FreightErrors const& other)
{
  for (std::size_t i = 0; i < counts_.size(); ++i)
  {
    counts_[i] += other.counts_[i];
  }
}

void FreightErrors::subtract(FreightErrors const& other)
{
  for (std::size_t i = 0; i < counts_.size(); ++i)
  {
    counts_[i] -= other.counts_[i];
  }
}

FreightIntervals::FreightIntervals(FreightErrors const& errors, double share)
{
  std::span<std::int64_t const> const counts = errors.numbers();
  std::vector<std::int64_t> all(error_bins);
  for (std::size_t i = 0; i < counts.size(); ++i)
  {
    all[i % error_bins] += counts[i];
  }
  double const tail = (1 - share) / 2;
  for (std::size_t group = 0; group < groups; ++group)
  {
    std::span<std::int64_t const> some = counts.subspan(group * error_bins, error_bins);
    std::int64_t flows = 0;
    for (std::int64_t const count : some)
    {
      flows += count;
    }
    if (flows < least_of_group)
    {
      some = all;
      flows = 0;
      for (std::int64_t const count : some)
      {
        flows += count;
      }
    }
    double low = std::numeric_limits<double>::quiet_NaN(), high = low;
    // A new flow is one more of the group: (n + 1) x tail of them lie below.
    double const below = tail * static_cast<double>(flows + 1);
    std::int64_t before = 0;
    for (std::size_t bin = 0; bin < error_bins && flows > 0; ++bin)
    {
      std::int64_t const after = before + some[bin];
      double const edge = lowest_error + static_cast<double>(bin) * error_bin_width;
      // Ends of bins that lie outside, so that rounding to bins widens.
      if (static_cast<double>(before) <= below && below < static_cast<double>(after))
      {
        low = edge;
      }
      double const above = static_cast<double>(flows) - below;
      if (static_cast<double>(before) <= above && above <= static_cast<double>(after))
      {
        high = edge + error_bin_width;
      }
      before = after;
    }
    low_.push_back(low);
    high_.push_back(high);
  }
}

FreightIntervals::Interval FreightIntervals::around(double ratio, double standard_value) const
{
  std::size_t const group = group_of(ratio, standard_value);
  double const margin = ratio - 1 + error_offset;
  return {1 - error_offset + margin * portable_exp(low_[group]),
          1 - error_offset + margin * portable_exp(high_[group])};
}

}  // namespace tarifa::kernels
