#include "kernels/mirror/baci/kg_per_unit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "kernels/statistics/portable_math.hpp"
#include "kernels/statistics/sum_columns.hpp"

namespace tarifa::kernels
{

KgPerUnitSums::KgPerUnitSums(KgPerUnitSettings const& settings, std::size_t products, std::size_t units)
    : settings_(settings)
    , units_(units)
    , flows_(products * units)
    , sum_(products * units)
    , squares_(products * units)
{
}

void KgPerUnitSums::add(UnitPairs const& pairs)
{
  for (std::size_t row = 0; row < pairs.size(); ++row)
  {
    if (!(pairs.kg[row] > 0 && pairs.quantity[row] > 0))
    {
      continue;
    }
    double const ratio = pairs.kg[row] / pairs.quantity[row];
    double const one = settings_.spread == UnitSpread::of_logarithm ? portable_log(ratio) : ratio;
    std::size_t const at =
        static_cast<std::size_t>(pairs.product[row]) * units_ + static_cast<std::size_t>(pairs.unit[row]);
    ++flows_[at];
    sum_[at].add(one);
    squares_[at].add(one * one);
  }
}

void KgPerUnitSums::add(KgPerUnitSums const& other)
{
  if (other.flows_.size() != flows_.size() || other.units_ != units_)
  {
    throw std::invalid_argument("sums of conversions over different products or units cannot be added");
  }
  add_each(flows_, other.flows_);
  add_each(sum_, other.sum_);
  add_each(squares_, other.squares_);
}

std::vector<std::int64_t> KgPerUnitSums::to_digits() const
{
  std::vector<std::int64_t> digits = flows_;
  append_digits(digits, sum_);
  append_digits(digits, squares_);
  return digits;
}

void KgPerUnitSums::set_digits(std::span<std::int64_t const> digits)
{
  digits = take_digits(digits, flows_);
  digits = take_digits(digits, sum_);
  take_digits(digits, squares_);
}

std::vector<KgPerUnit> KgPerUnitSums::factors() const
{
  std::vector<KgPerUnit> result(flows_.size());
  for (std::size_t at = 0; at < flows_.size(); ++at)
  {
    KgPerUnit& factor = result[at];
    factor.flows = flows_[at];
    auto const n = static_cast<double>(flows_[at]);
    double const mean = sum_[at].value() / n;
    double const about_mean = std::max(squares_[at].value() - n * mean * mean, 0.0);
    factor.deviation = std::sqrt(about_mean / (n - 1));  // NaN for none or one
    bool const known = factor.flows >= settings_.least_flows && factor.deviation < settings_.most_deviation;
    bool const logarithm = settings_.spread == UnitSpread::of_logarithm;
    factor.kg = !known ? std::numeric_limits<double>::quiet_NaN() : logarithm ? portable_exp(mean) : mean;
  }
  return result;
}

}  // namespace tarifa::kernels
