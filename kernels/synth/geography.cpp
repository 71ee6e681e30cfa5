#include "kernels/synth/geography.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/synth/country_facts.hpp"
#include "kernels/synth/text.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double pi = 3.14159265358979323846;
constexpr double earth_radius_km = 6371;
constexpr double least_km = 60;

double radians(double degrees)
{
  return degrees * pi / 180;
}

// Series of + - * / and the exact square root alone: the same kilometre on every machine.
double portable_sin(double x)
{
  double term = x;
  double sum = x;
  for (int k = 2; k < 40; k += 2)
  {
    term = -term * x * x / (k * (k + 1));
    sum += term;
  }
  return sum;
}

double portable_arctan(double x)
{
  double scale = 1;
  for (int halving = 0; halving < 3; ++halving)
  {
    x = x / (1 + std::sqrt(1 + x * x));
    scale *= 2;
  }
  double power = x;
  double sum = 0;
  for (int odd = 1; odd < 40; odd += 2)
  {
    sum += (odd % 4 == 1 ? power : -power) / odd;
    power = power * x * x;
  }
  return scale * sum;
}

}  // namespace

double great_circle_km(double latitude, double longitude, double other_latitude, double other_longitude)
{
  double const along = portable_sin(radians(latitude - other_latitude) / 2);
  double const across = portable_sin(radians(longitude - other_longitude) / 2);
  double const narrowing = portable_sin(radians(90 - latitude)) * portable_sin(radians(90 - other_latitude));
  double const h = std::min(along * along + narrowing * across * across, 0.999999);
  return 2 * earth_radius_km * portable_arctan(std::sqrt(h / (1 - h)));
}

Country const& country_facts(std::uint32_t country) noexcept
{
  return all_countries[country];
}

std::uint32_t find_country(std::string_view iso3) noexcept
{
  auto const* const found = std::find_if(all_countries.begin(), all_countries.end(),
                                         [&](Country const& country) { return country.iso3 == iso3; });
  return static_cast<std::uint32_t>(found - all_countries.begin());
}

std::string_view name_of(Income income) noexcept
{
  constexpr std::array<std::string_view, 4> names = {"low", "lower-middle", "upper-middle", "high"};
  return names[static_cast<std::size_t>(income)];
}

Geography::Geography()
    : distance_(std::size_t{country_count} * country_count)
    , log2_distance_(distance_.size())
    , contiguous_(std::size_t{country_count} * country_count)
{
  for (std::uint32_t a = 0; a < country_count; ++a)
  {
    for (std::uint32_t b = 0; b < country_count; ++b)
    {
      Country const& from = country_facts(a);
      Country const& to = country_facts(b);
      double const km = great_circle_km(from.latitude, from.longitude, to.latitude, to.longitude);
      distance_[a * country_count + b] = static_cast<std::int32_t>(std::lround(std::max(km, least_km)));
    }
  }
  std::transform(distance_.begin(), distance_.end(), log2_distance_.begin(),
                 [](std::int32_t km) { return fixed(portable_log2(km / 5000.0)); });
  for (auto const& [country, neighbours] : land_borders)
  {
    std::uint32_t const a = find_country(country);
    for (std::size_t at = 0; at < neighbours.size(); at += 4)
    {
      std::uint32_t const b = find_country(neighbours.substr(at, 3));
      contiguous_[a * country_count + b] = 1;
      contiguous_[b * country_count + a] = 1;
    }
  }
}

std::string countries_text()
{
  std::string out = "country,latitude,longitude,landlocked,income,currency\n";
  std::array<char, 96> buffer;
  for (Country const& country : all_countries)
  {
    RowText row(buffer.data());
    row.text(country.iso3).mark(',').number(country.latitude).mark(',').number(country.longitude);
    row.mark(',')
        .number(country.access == Access::landlocked ? 1 : 0)
        .mark(',')
        .text(name_of(country.income));
    row.mark(',').text(country.currency).mark('\n');
    out.append(row.view());
  }
  return out;
}

std::string distances_text(Geography const& geography)
{
  std::string out = "country,partner,distance_km,contiguous\n";
  std::array<char, 64> buffer;
  for (std::uint32_t a = 0; a < country_count; ++a)
  {
    for (std::uint32_t b = a + 1; b < country_count; ++b)
    {
      RowText row(buffer.data());
      row.text(country_code(a)).mark(',').text(country_code(b)).mark(',').number(geography.distance_km(a, b));
      row.mark(',').number(geography.are_contiguous(a, b) ? 1 : 0).mark('\n');
      out.append(row.view());
    }
  }
  return out;
}

}  // namespace tarifa::kernels
