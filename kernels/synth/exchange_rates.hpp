#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/synth/tables.hpp"

namespace tarifa::kernels
{

inline constexpr std::uint32_t currency_count = 31;

/// ISO 4217 code; 0 is USD.
std::string_view currency_code(std::uint32_t currency) noexcept;
/// Position of a code, currency_count when it is none of them.
std::uint32_t find_currency(std::string_view code) noexcept;

/// Customs exchange rates: one per currency and calendar month, valid from its first to its last day. Levels
/// are of the order seen around 2020; the path is invented (docs/methods/synthetic-trade.md).
class ExchangeRates
{
 public:
  /// Months of `years` calendar years from `first_year` on. A month's rate depends on (seed, currency, month)
  /// alone.
  ExchangeRates(std::uint64_t seed, int first_year, int years, NormalTable const& normal,
                Exp2Table const& exp2);

  /// Units of the currency per US dollar, in millionths. `month` counts from January of the first year.
  std::int64_t per_usd_ppm(std::uint32_t currency, std::uint32_t month) const noexcept
  {
    return rates_[std::size_t{currency} * months_ + month];
  }
  std::uint32_t months() const noexcept { return months_; }

  /// exchange-rates.csv: currency, valid_from, valid_to, per_usd. With header.
  std::string text() const;

 private:
  int first_year_;
  std::uint32_t months_;
  std::vector<std::int64_t> rates_;  ///< [currencies x months]
};

}  // namespace tarifa::kernels
