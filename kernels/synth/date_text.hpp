#pragma once

#include <chrono>

#include "kernels/synth/actors.hpp"
#include "kernels/synth/offices.hpp"
#include "kernels/synth/text.hpp"

namespace tarifa::kernels
{

/// YYYYMMDD with `between` between the parts, 0 = nothing.
inline RowText& append_day(RowText& row, Day day, char between)
{
  std::chrono::year_month_day const date{std::chrono::sys_days{std::chrono::days{day}}};
  row.digits(static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
  if (between != 0)
  {
    row.mark(between);
  }
  row.digits(static_cast<unsigned>(date.month()), 2);
  if (between != 0)
  {
    row.mark(between);
  }
  return row.digits(static_cast<unsigned>(date.day()), 2);
}

/// ISO 8601, YYYY-MM-DD.
inline RowText& append_date(RowText& row, Day day)
{
  return append_day(row, day, '-');
}

/// YYYYMMDDhhmm, a number that rises with time.
inline RowText& append_minute(RowText& row, Minute at)
{
  std::int64_t const day = day_of(at);
  append_day(row, static_cast<Day>(day), 0);
  auto const of_day = static_cast<std::uint64_t>(at - day * minutes_per_day);
  return row.digits(of_day / 60, 2).digits(of_day % 60, 2);
}

}  // namespace tarifa::kernels
