#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarifa
{

/// An amount of memory or of a file. Text: "1GiB", "512M" (K, M, G, T and KiB ... TiB: powers of 1024), "2GB"
/// (kB ... TB: powers of 1000), "4096".
struct Bytes
{
  std::int64_t count = 0;
  friend auto operator<=>(Bytes const&, Bytes const&) = default;
};

constexpr Bytes kibibytes(std::int64_t count)
{
  return {count * 1024};
}
constexpr Bytes mebibytes(std::int64_t count)
{
  return {count * 1024 * 1024};
}
constexpr Bytes gibibytes(std::int64_t count)
{
  return {count * 1024 * 1024 * 1024};
}

/// Text of an option as a value. Throws Error(usage) with the reason only; the caller knows option and
/// origin. T: int, int64, double (finite), bool (true, false), string, Bytes, std::chrono::milliseconds
/// ("90s", "30m", "2h", "1d", "HH:MM:SS", "D-HH:MM:SS"), and vectors of string, int64 and double (separated
/// by commas).
template <class T>
T parse_value(std::string const& text);

/// The text from which parse_value() reads the same value.
template <class T>
std::string show_value(T const& value);

/// What a value looks like, for the help: N, NUMBER, TEXT, SIZE ...
template <class T>
std::string_view value_form();

}  // namespace tarifa
