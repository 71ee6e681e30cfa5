#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/kernels/reference_csv.hpp"

namespace tarifa::kernels
{

/// Country code of three letters as one number, and back.
inline std::int32_t country_number(std::string_view code)
{
  std::int32_t number = 0;
  for (std::size_t i = 0; i < 3; ++i)
  {
    number = number * 256 + (i < code.size() ? static_cast<unsigned char>(code[i]) : ' ');
  }
  return number;
}

/// One row of the monthly reference file: imports (M) and exports (X) with a single country, as it stands.
struct MonthlyRow
{
  std::int32_t period = 0;  ///< YYYYMM
  std::int32_t reporter = 0, partner = 0, product = 0;
  char flow = 0;
  double net_kg = 0, value = 0;
  bool is_weight_estimated = false;
};

inline double number_of(std::string_view field)
{
  double value = 0;
  std::from_chars(field.data(), field.data() + field.size(), value);
  return value;
}

inline int whole_number_of(std::string_view field)
{
  int value = 0;
  std::from_chars(field.data(), field.data() + field.size(), value);
  return value;
}

/// Calls visit(row) for the rows of the monthly file of the reference folder that are imports or exports with
/// one country. About two seconds for five million rows.
template <class Visit>
void read_monthly_trade(Visit const& visit)
{
  std::string const path =
      (reference_folder() / "trade" / "comtrade_fish_hs6_monthly_2000_2024.csv.zst").string();
  std::unique_ptr<FILE, int (*)(FILE*)> const pipe(popen(("zstd -dcq '" + path + "'").c_str(), "r"), pclose);
  std::vector<char> text(1 << 20);
  std::size_t kept = 0;
  for (std::size_t got = 0; (got = fread(text.data() + kept, 1, text.size() - kept, pipe.get())) > 0;)
  {
    std::string_view rest(text.data(), kept + got);
    for (std::size_t end = 0; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1))
    {
      std::array<std::string_view, 17> field;
      std::size_t begin = 0;
      for (std::string_view& one : field)
      {
        auto const* comma = static_cast<char const*>(std::memchr(rest.data() + begin, ',', end - begin));
        std::size_t const stop = comma == nullptr ? end : static_cast<std::size_t>(comma - rest.data());
        one = rest.substr(begin, stop - begin);
        begin = std::min(stop + 1, end);
      }
      if ((field[2] == "M" || field[2] == "X") && field[3] != "W00")
      {
        visit(MonthlyRow{whole_number_of(field[0]), country_number(field[1]), country_number(field[3]),
                         whole_number_of(field[5]), field[2][0], number_of(field[11]), number_of(field[16]),
                         field[12] == "1"});
      }
    }
    kept = rest.size();
    std::memmove(text.data(), rest.data(), kept);
  }
}

}  // namespace tarifa::kernels
