#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tarifa::kernels
{

/// The days of one year as ISO 8601 text.
class Calendar
{
 public:
  explicit Calendar(int year)
  {
    bool const leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    std::array<int, 12> const lengths = {31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (int month = 1; month <= 12; ++month)
    {
      first_of_month_[static_cast<std::size_t>(month - 1)] = days();
      for (int day = 1; day <= lengths[static_cast<std::size_t>(month - 1)]; ++day)
      {
        auto const digit = [](int value) { return static_cast<char>('0' + value % 10); };
        dates_.push_back({digit(year / 1000), digit(year / 100), digit(year / 10), digit(year), '-',
                          digit(month / 10), digit(month), '-', digit(day / 10), digit(day)});
      }
    }
  }

  std::int64_t days() const noexcept { return static_cast<std::int64_t>(dates_.size()); }
  /// Day of the year, from 0, on which a month (0 .. 11) begins.
  std::int64_t first_of_month(std::size_t month) const noexcept { return first_of_month_[month]; }
  std::string_view date(std::int64_t day) const noexcept
  {
    auto const& text = dates_[static_cast<std::size_t>(day)];
    return {text.data(), text.size()};
  }

 private:
  std::vector<std::array<char, 10>> dates_;
  std::array<std::int64_t, 12> first_of_month_{};
};

}  // namespace tarifa::kernels
