#include "pipeline/run/option_value.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

template <class T>
constexpr bool is_list = false;
template <class T>
constexpr bool is_list<std::vector<T>> = true;

std::string_view trimmed(std::string_view text)
{
  auto const first = text.find_first_not_of(" \t");
  return first == text.npos ? text.substr(0, 0)
                            : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template <class T>
T parse_number(std::string_view text, std::string_view sentence)
{
  T value{};
  auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(problem != std::errc::result_out_of_range, Fault::usage, "too large for this kind of number");
  require(problem == std::errc{} && end == text.data() + text.size(), Fault::usage, sentence);
  return value;
}

struct Suffix
{
  std::string_view name;
  std::int64_t factor;
};

constexpr std::int64_t ki = 1024;
constexpr std::array byte_suffixes = {Suffix{"TiB", ki* ki* ki* ki},
                                      Suffix{"GiB", ki* ki* ki},
                                      Suffix{"MiB", ki* ki},
                                      Suffix{"KiB", ki},
                                      Suffix{"TB", 1'000'000'000'000},
                                      Suffix{"GB", 1'000'000'000},
                                      Suffix{"MB", 1'000'000},
                                      Suffix{"kB", 1000},
                                      Suffix{"KB", 1000},
                                      Suffix{"T", ki* ki* ki* ki},
                                      Suffix{"G", ki* ki* ki},
                                      Suffix{"M", ki* ki},
                                      Suffix{"K", ki},
                                      Suffix{"B", 1},
                                      Suffix{"", 1}};
constexpr std::array time_suffixes = {Suffix{"ms", 1},        Suffix{"s", 1000},       Suffix{"m", 60'000},
                                      Suffix{"h", 3'600'000}, Suffix{"d", 86'400'000}, Suffix{"", 1000}};

/// A number of at least 0 with an optional fraction, times the factor of its suffix; must come out whole.
template <std::size_t N>
std::int64_t parse_scaled(std::string_view text, std::array<Suffix, N> const& suffixes,
                          std::string_view sentence)
{
  auto const digits = text.find_first_not_of("0123456789.");
  std::string_view const number = text.substr(0, digits);
  std::string_view const ending = digits == text.npos ? std::string_view{} : trimmed(text.substr(digits));
  for (Suffix const& suffix : suffixes)
  {
    if (suffix.name == ending)
    {
      auto const value = parse_number<double>(number, sentence) * static_cast<double>(suffix.factor);
      require(value < 9e15, Fault::usage, "too large");
      require(value == std::floor(value), Fault::usage, sentence);
      return static_cast<std::int64_t>(value);
    }
  }
  throw Error(Fault::usage, std::string(sentence));
}

std::int64_t parse_milliseconds(std::string_view text)
{
  constexpr std::string_view sentence = "not a time like 90s, 30m, 2h, 1d or D-HH:MM:SS";
  auto const part = [&](std::string_view number) { return parse_number<std::int64_t>(number, sentence); };
  auto const colon = text.find(':');
  if (colon == text.npos)
  {
    return parse_scaled(text, time_suffixes, sentence);
  }
  auto const dash = text.find('-');
  bool const has_days = dash != text.npos && dash > 0;
  std::int64_t const days = has_days ? part(text.substr(0, dash)) : 0;
  std::string_view const clock = has_days ? text.substr(dash + 1) : text;
  auto const first = clock.find(':');
  auto const second = clock.find(':', first == clock.npos ? first : first + 1);
  require(first != clock.npos && second != clock.npos, Fault::usage, sentence);
  std::int64_t const hours = part(clock.substr(0, first));
  std::int64_t const minutes = part(clock.substr(first + 1, second - first - 1));
  std::int64_t const seconds = part(clock.substr(second + 1));
  bool const in_range = days >= 0 && days < 100'000 && hours >= 0 && hours < 100'000 && minutes >= 0
                        && minutes < 60 && seconds >= 0 && seconds < 60;
  require(in_range, Fault::usage, sentence);
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

template <class T>
std::vector<T> parse_list(std::string_view text)
{
  std::vector<T> values;
  while (!trimmed(text).empty())
  {
    auto const comma = text.find(',');
    std::string_view const piece = trimmed(text.substr(0, comma));
    require(!piece.empty(), Fault::usage, "an element of the list is empty");
    values.push_back(parse_value<T>(std::string(piece)));
    text = comma == text.npos ? std::string_view{} : text.substr(comma + 1);
  }
  return values;
}

std::string show_bytes(std::int64_t count)
{
  for (std::size_t i = 0; i < 4 && count > 0; ++i)
  {
    if (count % byte_suffixes[i].factor == 0)
    {
      return fmt::format("{}{}", count / byte_suffixes[i].factor, byte_suffixes[i].name);
    }
  }
  return std::to_string(count);
}

}  // namespace

template <class T>
T parse_value(std::string const& text)
{
  if constexpr (std::is_same_v<T, std::string>)
  {
    require(text.find('\n') == text.npos, Fault::usage, "a text may not hold a line break");
    return text;
  }
  else if constexpr (std::is_same_v<T, bool>)
  {
    require(text == "true" || text == "false", Fault::usage, "neither true nor false");
    return text == "true";
  }
  else if constexpr (std::is_same_v<T, Bytes>)
  {
    return {parse_scaled(text, byte_suffixes, "not a size like 512MiB, 4GiB or 2GB")};
  }
  else if constexpr (std::is_same_v<T, std::chrono::milliseconds>)
  {
    return std::chrono::milliseconds{parse_milliseconds(text)};
  }
  else if constexpr (is_list<T>)
  {
    return parse_list<typename T::value_type>(text);
  }
  else
  {
    auto const value = parse_number<T>(text, std::is_integral_v<T> ? "not a whole number" : "not a number");
    if constexpr (std::is_floating_point_v<T>)
    {
      require(std::isfinite(value), Fault::usage, "not a number that can be computed with");
    }
    return value;
  }
}

template <class T>
std::string show_value(T const& value)
{
  if constexpr (std::is_same_v<T, std::string>)
  {
    return value;
  }
  else if constexpr (std::is_same_v<T, bool>)
  {
    return value ? "true" : "false";
  }
  else if constexpr (std::is_same_v<T, Bytes>)
  {
    return show_bytes(value.count);
  }
  else if constexpr (std::is_same_v<T, std::chrono::milliseconds>)
  {
    if (value.count() % 1000 != 0)
    {
      return fmt::format("{}ms", value.count());
    }
    auto const all = value.count() / 1000;
    std::string const days = all >= 86400 ? fmt::format("{}-", all / 86400) : "";
    return all == 0 ? "0"
                    : fmt::format("{}{:02}:{:02}:{:02}", days, all % 86400 / 3600, all % 3600 / 60, all % 60);
  }
  else if constexpr (is_list<T>)
  {
    std::string text;
    for (auto const& element : value)
    {
      text += (text.empty() ? "" : ", ") + show_value(element);
    }
    return text;
  }
  else
  {
    std::array<char, 64> buffer{};
    auto const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    return {buffer.data(), end};
  }
}

template <class T>
std::string_view value_form()
{
  if constexpr (std::is_same_v<T, bool>)
  {
    return "true|false";
  }
  else if constexpr (is_list<T>)
  {
    return std::is_same_v<T, std::vector<std::string>> ? "A,B,..." : "N,N,...";
  }
  else if constexpr (std::is_integral_v<T>)
  {
    return "N";
  }
  else
  {
    return std::is_floating_point_v<T>      ? "NUMBER"
           : std::is_same_v<T, Bytes>       ? "SIZE"
           : std::is_same_v<T, std::string> ? "TEXT"
                                            : "TIME";
  }
}

template int parse_value(std::string const&);
template std::string show_value(int const&);
template std::string_view value_form<int>();
template std::int64_t parse_value(std::string const&);
template std::string show_value(std::int64_t const&);
template std::string_view value_form<std::int64_t>();
template double parse_value(std::string const&);
template std::string show_value(double const&);
template std::string_view value_form<double>();
template bool parse_value(std::string const&);
template std::string show_value(bool const&);
template std::string_view value_form<bool>();
template std::string parse_value(std::string const&);
template std::string show_value(std::string const&);
template std::string_view value_form<std::string>();
template Bytes parse_value(std::string const&);
template std::string show_value(Bytes const&);
template std::string_view value_form<Bytes>();
template std::chrono::milliseconds parse_value(std::string const&);
template std::string show_value(std::chrono::milliseconds const&);
template std::string_view value_form<std::chrono::milliseconds>();
template std::vector<std::string> parse_value(std::string const&);
template std::string show_value(std::vector<std::string> const&);
template std::string_view value_form<std::vector<std::string>>();
template std::vector<std::int64_t> parse_value(std::string const&);
template std::string show_value(std::vector<std::int64_t> const&);
template std::string_view value_form<std::vector<std::int64_t>>();
template std::vector<double> parse_value(std::string const&);
template std::string show_value(std::vector<double> const&);
template std::string_view value_form<std::vector<double>>();

}  // namespace tarifa
