#include "kernels/mirror/country_codes.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>

namespace tarifa::kernels
{

CountryCodes::CountryCodes(std::span<CountryPeriod const> rows)
{
  for (CountryPeriod const& row : rows)
  {
    names_.push_back(row.country);
  }
  std::sort(names_.begin(), names_.end());
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
  for (CountryPeriod const& row : rows)
  {
    if (row.first_year > row.last_year)
    {
      throw std::invalid_argument("country codes: " + row.country + " ends before it begins");
    }
    std::int32_t const country = index(row.country);
    Period period{country, row.first_year, row.last_year, {}};
    for (std::string const& next : row.becomes)
    {
      if (index(next) < 0)
      {
        throw std::invalid_argument("country codes: " + row.country + " becomes " + next
                                    + ", which has no row");
      }
      period.becomes.push_back(index(next));
    }
    periods_.push_back(std::move(period));
    std::int32_t const code[code_schemes] = {row.m49, row.comtrade};
    for (std::size_t scheme = 0; scheme < code_schemes; ++scheme)
    {
      if (code[scheme] != CountryPeriod::no_code)
      {
        entries_[scheme].push_back({code[scheme], row.first_year, row.last_year, country});
      }
    }
  }
  for (std::vector<Entry>& entries : entries_)
  {
    std::sort(entries.begin(), entries.end(),
              [](Entry const& a, Entry const& b)
              {
                return std::tie(a.code, a.first_year, a.last_year, a.country)
                       < std::tie(b.code, b.first_year, b.last_year, b.country);
              });
    for (std::size_t i = 1; i < entries.size(); ++i)
    {
      if (entries[i].code == entries[i - 1].code && entries[i].first_year <= entries[i - 1].last_year)
      {
        throw std::invalid_argument("country codes: " + std::to_string(entries[i].code)
                                    + " has two rows for one year");
      }
    }
  }
  std::sort(periods_.begin(), periods_.end(),
            [](Period const& a, Period const& b) {
              return std::tie(a.country, a.first_year, a.last_year)
                     < std::tie(b.country, b.first_year, b.last_year);
            });
}

std::int32_t CountryCodes::index(std::string_view name) const noexcept
{
  auto const found = std::lower_bound(names_.begin(), names_.end(), name);
  return found != names_.end() && *found == name ? static_cast<std::int32_t>(found - names_.begin()) : -1;
}

std::int32_t CountryCodes::find(CodeScheme scheme, std::int32_t code, std::int32_t year) const noexcept
{
  std::vector<Entry> const& entries = entries_[static_cast<std::size_t>(scheme)];
  auto const found =
      std::find_if(entries.begin(), entries.end(),
                   [=](Entry const& entry)
                   { return entry.code == code && entry.first_year <= year && year <= entry.last_year; });
  return found == entries.end() ? -1 : found->country;
}

std::int32_t CountryCodes::find_nearest(CodeScheme scheme, std::int32_t code,
                                        std::int32_t year) const noexcept
{
  std::int32_t best = -1;
  std::int64_t best_distance = std::numeric_limits<std::int64_t>::max();
  for (Entry const& entry : entries_[static_cast<std::size_t>(scheme)])
  {
    std::int64_t const distance = std::max<std::int64_t>(
        {0, std::int64_t{entry.first_year} - year, std::int64_t{year} - entry.last_year});
    if (entry.code == code && distance < best_distance)
    {
      best = entry.country;
      best_distance = distance;
    }
  }
  return best;
}

std::int32_t CountryCodes::code(CodeScheme scheme, std::int32_t country, std::int32_t year) const noexcept
{
  for (Entry const& entry : entries_[static_cast<std::size_t>(scheme)])
  {
    if (entry.country == country && entry.first_year <= year && year <= entry.last_year)
    {
      return entry.code;
    }
  }
  return -1;
}

bool CountryCodes::exists(std::int32_t country, std::int32_t year) const noexcept
{
  return std::any_of(
      periods_.begin(), periods_.end(),
      [=](Period const& period)
      { return period.country == country && period.first_year <= year && year <= period.last_year; });
}

std::vector<std::int32_t> CountryCodes::in_year(std::int32_t country, std::int32_t year) const
{
  std::vector<std::int32_t> found, open{country}, seen;
  while (!open.empty())
  {
    std::int32_t const one = open.back();
    open.pop_back();
    if (std::find(seen.begin(), seen.end(), one) != seen.end())
    {
      continue;
    }
    seen.push_back(one);
    if (exists(one, year))
    {
      found.push_back(one);
      continue;
    }
    for (Period const& period : periods_)
    {
      if (period.country == one && period.last_year < year)
      {
        open.insert(open.end(), period.becomes.begin(), period.becomes.end());
      }
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace tarifa::kernels
