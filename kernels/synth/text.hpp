#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tarifa::kernels
{

/// Writes one row into a buffer the caller made large enough: every member moves the end and checks nothing.
class RowText
{
 public:
  explicit RowText(char* begin) noexcept : begin_(begin), end_(begin) {}

  RowText& text(std::string_view s) noexcept
  {
    std::memcpy(end_, s.data(), s.size());
    end_ += s.size();
    return *this;
  }
  RowText& mark(char c) noexcept
  {
    *end_++ = c;
    return *this;
  }
  RowText& number(std::int64_t value) noexcept
  {
    end_ = std::to_chars(end_, end_ + 20, value).ptr;
    return *this;
  }
  /// Exactly `width` digits, zeros in front; higher digits are dropped.
  RowText& digits(std::uint64_t value, int width) noexcept
  {
    for (int i = width - 1; i >= 0; --i)
    {
      end_[i] = static_cast<char>('0' + value % 10);
      value /= 10;
    }
    end_ += width;
    return *this;
  }
  /// A value >= 0 in units of 10^-places: cents(1234) is 12.34 with two places.
  template <int places>
  RowText& decimal(std::int64_t value) noexcept
  {
    constexpr std::array<std::int64_t, 7> units = {1, 10, 100, 1000, 10000, 100000, 1000000};
    static_assert(places >= 1 && places <= 6);
    constexpr std::int64_t unit = units[places];
    return number(value / unit).mark('.').digits(static_cast<std::uint64_t>(value % unit), places);
  }

  std::string_view view() const noexcept { return {begin_, static_cast<std::size_t>(end_ - begin_)}; }

 private:
  char* begin_;
  char* end_;
};

}  // namespace tarifa::kernels
