#include "kernels/synth/exchange_rates.hpp"

#include <algorithm>

#include "kernels/statistics/random.hpp"
#include "kernels/synth/calendar.hpp"
#include "kernels/synth/text.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr std::uint64_t rate_stream = 80;

struct Currency
{
  std::string_view code;
  double per_usd;          ///< of the order seen around 2020
  double wildness;         ///< 0 a peg to the dollar, 1 a large floating currency
  std::string_view along;  ///< currency whose path it shares: a peg, or itself
};

constexpr std::array<Currency, currency_count> currencies = {{
    {"USD", 1, 0, "USD"},      {"EUR", 0.89, 1, "EUR"},   {"CNY", 6.8, 0.6, "CNY"},
    {"JPY", 112, 1.2, "JPY"},  {"GBP", 0.77, 1.2, "GBP"}, {"CHF", 0.95, 0.8, "CHF"},
    {"KRW", 1180, 1, "KRW"},   {"CAD", 1.31, 0.8, "CAD"}, {"AUD", 1.41, 1.2, "AUD"},
    {"MXN", 19.7, 1.6, "MXN"}, {"INR", 74, 0.8, "INR"},   {"BRL", 4.9, 2, "BRL"},
    {"ZAR", 15.6, 2, "ZAR"},   {"TRY", 9, 4, "TRY"},      {"RUB", 72, 2.5, "RUB"},
    {"PLN", 3.95, 1.3, "PLN"}, {"CZK", 22.6, 1.2, "CZK"}, {"HUF", 315, 1.5, "HUF"},
    {"RON", 4.3, 1, "EUR"},    {"SEK", 9.4, 1.3, "SEK"},  {"NOK", 9.1, 1.5, "NOK"},
    {"DKK", 6.63, 1, "EUR"},   {"SGD", 1.36, 0.6, "SGD"}, {"HKD", 7.8, 0.03, "HKD"},
    {"MYR", 4.2, 0.8, "MYR"},  {"THB", 32, 0.9, "THB"},   {"IDR", 14300, 0.9, "IDR"},
    {"PHP", 51, 0.8, "PHP"},   {"CLP", 770, 1.6, "CLP"},  {"ILS", 3.4, 0.8, "ILS"},
    {"NZD", 1.5, 1.2, "NZD"},
}};

// A path without memory of its start: sums of straight lines between knots, one row per time scale, so that
// any month is had without the months before it. Spreads in doublings for wildness 1; their sum of squares is
// a spread of about 11 % around the level and 1.5 % from month to month, as large floating currencies have.
struct Wave
{
  int months;
  double spread;
};
constexpr std::array<Wave, 4> waves = {{{48, 0.14}, {12, 0.06}, {4, 0.03}, {1, 0.008}}};

Fixed path(std::uint64_t stream, int month, NormalTable const& normal)
{
  Fixed sum = 0;
  for (std::size_t w = 0; w < waves.size(); ++w)
  {
    int const knot = month / waves[w].months;
    Fixed const along = fixed(static_cast<double>(month % waves[w].months) / waves[w].months);
    auto const at = [&](int k) { return normal.at(Draws(stream, static_cast<std::uint64_t>(k)).bits(w)); };
    sum += scaled(fixed(waves[w].spread), at(knot) + scaled(at(knot + 1) - at(knot), along));
  }
  return sum;
}

}  // namespace

std::string_view currency_code(std::uint32_t currency) noexcept
{
  return currencies[currency].code;
}

std::uint32_t find_currency(std::string_view code) noexcept
{
  auto const* const found = std::find_if(currencies.begin(), currencies.end(),
                                         [&](Currency const& currency) { return currency.code == code; });
  return static_cast<std::uint32_t>(found - currencies.begin());
}

ExchangeRates::ExchangeRates(std::uint64_t seed, int first_year, int years, NormalTable const& normal,
                             Exp2Table const& exp2)
    : first_year_(first_year)
    , months_(static_cast<std::uint32_t>(12 * years))
{
  constexpr double log2_million = 19.931569;
  for (Currency const& currency : currencies)
  {
    std::uint64_t const stream = stream_key(seed, rate_stream, find_currency(currency.along));
    Fixed const level = fixed(portable_log2(currency.per_usd) + log2_million);
    for (std::uint32_t month = 0; month < months_; ++month)
    {
      Fixed const moved =
          scaled(fixed(currency.wildness), path(stream, 12 * first_year + static_cast<int>(month), normal));
      rates_.push_back(currency.wildness > 0 ? exp2.at(level + moved) : 1'000'000);
    }
  }
}

std::string ExchangeRates::text() const
{
  std::string out = "currency,valid_from,valid_to,per_usd\n";
  std::array<char, 96> buffer;
  for (std::uint32_t month = 0; month < months_; ++month)
  {
    int const year = first_year_ + static_cast<int>(month / 12);
    Calendar const calendar(year);
    std::int64_t const first = calendar.first_of_month(month % 12);
    std::int64_t const last =
        (month % 12 == 11 ? calendar.days() : calendar.first_of_month(month % 12 + 1)) - 1;
    for (std::uint32_t currency = 1; currency < currency_count; ++currency)
    {
      RowText row(buffer.data());
      row.text(currency_code(currency))
          .mark(',')
          .text(calendar.date(first))
          .mark(',')
          .text(calendar.date(last));
      row.mark(',').decimal<6>(per_usd_ppm(currency, month)).mark('\n');
      out.append(row.view());
    }
  }
  return out;
}

}  // namespace tarifa::kernels
