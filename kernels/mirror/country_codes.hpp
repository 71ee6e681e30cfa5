#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarifa::kernels
{

/// Which numbers a file has for countries.
enum class CodeScheme : std::uint8_t
{
  m49,       ///< standard country or area codes of the United Nations; ISO 3166-1 numeric
  comtrade,  ///< UN Comtrade: 842 for the USA, 251 France, 381 Italy, 757 Switzerland, 579 Norway, 699 India
};
inline constexpr std::size_t code_schemes = 2;

/// One row of configs/codes/countries.csv: a country as it was from one year to another.
struct CountryPeriod
{
  std::string country;  ///< ISO 3166-1 alpha-3, or a code of three letters for what is no country of ISO
  std::int32_t m49 = no_code, comtrade = no_code;
  std::int32_t first_year = std::numeric_limits<std::int32_t>::min();
  std::int32_t last_year = std::numeric_limits<std::int32_t>::max();
  std::vector<std::string> becomes;  ///< countries that hold its territory afterwards

  static constexpr std::int32_t no_code = -1;
};

/// Countries by their numbers at a time. Splits, mergers and numbers that statistics give to another area
/// than the standard are rows of a table, not code.
class CountryCodes
{
 public:
  /// Rows in any order. Throws std::invalid_argument when one number means two countries in a year, when a
  /// year ends before it begins, or when `becomes` names a country that has no row.
  explicit CountryCodes(std::span<CountryPeriod const> rows);

  std::size_t size() const noexcept { return names_.size(); }
  /// Countries are numbered in the order of their codes.
  std::string_view name(std::int32_t country) const { return names_[static_cast<std::size_t>(country)]; }
  std::int32_t index(std::string_view name) const noexcept;  ///< -1: not there

  /// Country that has this number in a year; -1: none.
  std::int32_t find(CodeScheme scheme, std::int32_t code, std::int32_t year) const noexcept;
  /// As find(), and where the number is out of date or not yet valid that year, the country nearest in time
  /// that has it: files go on with old numbers for some years.
  std::int32_t find_nearest(CodeScheme scheme, std::int32_t code, std::int32_t year) const noexcept;
  /// Number of a country in a year: the lowest of those valid; -1: none.
  std::int32_t code(CodeScheme scheme, std::int32_t country, std::int32_t year) const noexcept;

  /// Is the country there in a year?
  bool exists(std::int32_t country, std::int32_t year) const noexcept;
  /// What a country of the past is in `year`: itself while it exists, else the countries that follow it,
  /// and those that follow them; ascending. One: a merger or a new name. Several: a split, to be shared out
  /// or kept together. None: it is gone without a successor, or was not yet there.
  std::vector<std::int32_t> in_year(std::int32_t country, std::int32_t year) const;

 private:
  struct Entry
  {
    std::int32_t code, first_year, last_year, country;
  };
  struct Period
  {
    std::int32_t country, first_year, last_year;
    std::vector<std::int32_t> becomes;
  };

  std::vector<std::string> names_;            ///< ascending
  std::vector<Entry> entries_[code_schemes];  ///< by code and year
  std::vector<Period> periods_;               ///< by country and year
};

}  // namespace tarifa::kernels
