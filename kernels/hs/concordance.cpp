#include "kernels/hs/concordance.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "kernels/statistics/apportion.hpp"

namespace tarifa::kernels
{
namespace
{

/// Place of `code` in ascending `codes`; their number when it is not among them.
std::size_t place_of(std::span<std::int32_t const> codes, std::int32_t code)
{
  auto const found = std::lower_bound(codes.begin(), codes.end(), code);
  return found != codes.end() && *found == code ? static_cast<std::size_t>(found - codes.begin())
                                                : codes.size();
}

/// Representative of a set, with paths halved on the way.
std::size_t root_of(std::vector<std::size_t>& parent, std::size_t one)
{
  while (parent[one] != one)
  {
    one = parent[one] = parent[parent[one]];
  }
  return one;
}

}  // namespace

Concordance::Concordance(std::span<ConversionWeight const> rows, double tolerance)
{
  std::vector<ConversionWeight> sorted(rows.begin(), rows.end());
  for (ConversionWeight const& row : sorted)
  {
    if (!(row.weight >= 0) || !std::isfinite(row.weight))
    {
      throw std::invalid_argument("conversion from " + std::to_string(row.from) + " to "
                                  + std::to_string(row.to) + ": a weight must be 0 or more");
    }
  }
  // By weight too: rows of one pair of codes are then added in one order.
  std::sort(sorted.begin(), sorted.end(),
            [](ConversionWeight const& a, ConversionWeight const& b) {
              return a.from != b.from ? a.from < b.from : a.to != b.to ? a.to < b.to : a.weight < b.weight;
            });
  for (std::size_t row = 0; row < sorted.size();)
  {
    std::int32_t const code = sorted[row].from;
    std::vector<std::int32_t> to;
    std::vector<double> weight;
    double sum = 0;
    for (; row < sorted.size() && sorted[row].from == code; ++row)
    {
      if (to.empty() || to.back() != sorted[row].to)
      {
        to.push_back(sorted[row].to);
        weight.push_back(0);
      }
      weight.back() += sorted[row].weight;
      sum += sorted[row].weight;
    }
    if (std::abs(sum - 1) > tolerance)
    {
      uneven_.push_back({code, sum});
    }
    if (!(sum > 0))
    {
      continue;
    }
    std::vector<std::int64_t> const whole = whole_weights(weight, units);
    for (std::size_t i = 0; i < to.size(); ++i)
    {
      if (whole[i] > 0)
      {
        target_.push_back({to[i], whole[i]});
      }
    }
    codes_.push_back(code);
    first_.push_back(target_.size());
  }
  number_families();
}

Concordance Concordance::identity(std::span<std::int32_t const> codes)
{
  std::vector<ConversionWeight> rows;
  rows.reserve(codes.size());
  for (std::int32_t const code : codes)
  {
    rows.push_back({code, code, 1});
  }
  return Concordance(rows, 2.0 * static_cast<double>(codes.size()));
}

Concordance Concordance::then(Concordance const& next) const
{
  Concordance chain;
  chain.uneven_ = uneven_;
  chain.orphans_ = orphans_;
  for (std::size_t source = 0; source < codes_.size(); ++source)
  {
    std::vector<Target> pieces;
    for (Target const& middle : targets(codes_[source]))
    {
      std::span<Target const> const ends = next.targets(middle.code);
      if (ends.empty())
      {
        pieces.push_back(middle);
        chain.orphans_.push_back(middle.code);
        continue;
      }
      std::vector<std::int64_t> const parts = next.split(middle.code, middle.weight);
      for (std::size_t i = 0; i < ends.size(); ++i)
      {
        pieces.push_back({ends[i].code, parts[i]});
      }
    }
    std::sort(pieces.begin(), pieces.end(), [](Target const& a, Target const& b) { return a.code < b.code; });
    for (std::size_t i = 0; i < pieces.size(); ++i)
    {
      bool const more =
          i > 0 && pieces[i].code == pieces[i - 1].code && chain.target_.size() > chain.first_.back();
      if (more && chain.target_.back().code == pieces[i].code)
      {
        chain.target_.back().weight += pieces[i].weight;
      }
      else if (pieces[i].weight > 0)
      {
        chain.target_.push_back(pieces[i]);
      }
    }
    chain.codes_.push_back(codes_[source]);
    chain.first_.push_back(chain.target_.size());
  }
  std::sort(chain.orphans_.begin(), chain.orphans_.end());
  chain.orphans_.erase(std::unique(chain.orphans_.begin(), chain.orphans_.end()), chain.orphans_.end());
  chain.number_families();
  return chain;
}

std::span<Concordance::Target const> Concordance::targets(std::int32_t code) const noexcept
{
  std::size_t const place = place_of(codes_, code);
  if (place == codes_.size())
  {
    return {};
  }
  return std::span(target_).subspan(first_[place], first_[place + 1] - first_[place]);
}

std::vector<std::int32_t> Concordance::orphans(std::span<std::int32_t const> nomenclature) const
{
  std::vector<std::int32_t> result;
  for (std::int32_t const code : nomenclature)
  {
    if (targets(code).empty())
    {
      result.push_back(code);
    }
  }
  std::sort(result.begin(), result.end());
  return result;
}

void Concordance::number_families()
{
  for (Target const& target : target_)
  {
    target_codes_.push_back(target.code);
  }
  std::sort(target_codes_.begin(), target_codes_.end());
  target_codes_.erase(std::unique(target_codes_.begin(), target_codes_.end()), target_codes_.end());
  // Sets of linked codes: sources first, targets behind.
  std::vector<std::size_t> parent(codes_.size() + target_codes_.size());
  std::iota(parent.begin(), parent.end(), std::size_t{0});
  for (std::size_t source = 0; source < codes_.size(); ++source)
  {
    for (std::size_t i = first_[source]; i < first_[source + 1]; ++i)
    {
      std::size_t const a = root_of(parent, source);
      std::size_t const b = root_of(parent, codes_.size() + place_of(target_codes_, target_[i].code));
      parent[std::max(a, b)] = std::min(a, b);
    }
  }
  // The root of a set is its first source code, so families are numbered by it.
  std::vector<std::int32_t> number(parent.size(), -1);
  std::int32_t next = 0;
  for (std::size_t one = 0; one < parent.size(); ++one)
  {
    std::size_t const root = root_of(parent, one);
    number[root] = number[root] < 0 ? next++ : number[root];
    (one < codes_.size() ? source_family_ : target_family_).push_back(number[root]);
  }
}

std::int32_t Concordance::family_of_source(std::int32_t code) const noexcept
{
  std::size_t const place = place_of(codes_, code);
  return place < codes_.size() ? source_family_[place] : -1;
}

std::int32_t Concordance::family_of_target(std::int32_t code) const noexcept
{
  std::size_t const place = place_of(target_codes_, code);
  return place < target_codes_.size() ? target_family_[place] : -1;
}

std::vector<std::int64_t> Concordance::split(std::int32_t code, std::int64_t value) const
{
  std::span<Target const> const pieces = targets(code);
  std::vector<std::int64_t> weights(pieces.size()), parts(pieces.size());
  for (std::size_t i = 0; i < pieces.size(); ++i)
  {
    weights[i] = pieces[i].weight;
  }
  apportion(value, weights, parts);
  return parts;
}

ConvertedValues::ConvertedValues(Concordance const& concordance) : concordance_(&concordance)
{
}

ConvertedValue& ConvertedValues::at(std::int32_t code)
{
  auto const found = std::lower_bound(codes_.begin(), codes_.end(), code);
  auto const place = found - codes_.begin();
  if (found == codes_.end() || *found != code)
  {
    codes_.insert(found, code);
    values_.insert(values_.begin() + place, ConvertedValue{});
  }
  return values_[static_cast<std::size_t>(place)];
}

void ConvertedValues::add(std::int32_t code, std::int64_t value)
{
  std::span<Concordance::Target const> const pieces = concordance_->targets(code);
  if (pieces.empty())
  {
    ConvertedValue& same = at(code);
    same.value += value;
    same.orphan += value;
    return;
  }
  std::vector<std::int64_t> const parts = concordance_->split(code, value);
  for (std::size_t i = 0; i < pieces.size(); ++i)
  {
    ConvertedValue& part = at(pieces[i].code);
    part.value += parts[i];
    part.split += pieces.size() > 1 ? parts[i] : 0;
  }
}

void ConvertedValues::add(ConvertedValues const& other)
{
  for (std::size_t i = 0; i < other.codes_.size(); ++i)
  {
    ConvertedValue& sum = at(other.codes_[i]);
    sum.value += other.values_[i].value;
    sum.split += other.values_[i].split;
    sum.orphan += other.values_[i].orphan;
  }
}

ConvertedValue ConvertedValues::total() const noexcept
{
  ConvertedValue sum;
  for (ConvertedValue const& value : values_)
  {
    sum.value += value.value;
    sum.split += value.split;
    sum.orphan += value.orphan;
  }
  return sum;
}

}  // namespace tarifa::kernels
