#include "kernels/synth/offices.hpp"

#include <algorithm>

#include "kernels/synth/actors.hpp"
#include "kernels/synth/text.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr std::int32_t hour = 60;
constexpr Opening closed = {};
constexpr Opening all_day = {0, 24 * hour};

constexpr Opening hours(std::int32_t from, std::int32_t to)
{
  return {from * hour, to * hour};
}

}  // namespace

std::string_view name_of(OfficeKind kind)
{
  constexpr std::array<std::string_view, office_groups.size()> names = {"seaport", "railway", "road",
                                                                        "airport", "mail",    "inland"};
  return names[static_cast<std::size_t>(kind)];
}

OfficeKind kind_of_office(std::uint32_t office) noexcept
{
  std::size_t kind = 0;
  while (kind + 1 < office_groups.size() && office >= office_groups[kind + 1].first)
  {
    ++kind;
  }
  return static_cast<OfficeKind>(kind);
}

bool OpeningHours::is_open(Minute at) const noexcept
{
  return next_open(at) == at;
}

Minute OpeningHours::next_open(Minute at) const noexcept
{
  for (Minute day = day_of(at);; ++day)
  {
    Opening const open = of_day_[weekday_of(day)];
    Minute const begin = day * minutes_per_day;
    if (open.from < open.to && at < begin + open.to)
    {
      return std::max(at, begin + open.from);
    }
  }
}

Minute OpeningHours::after_work(Minute at, std::int64_t work) const noexcept
{
  for (;;)
  {
    at = next_open(at);
    Minute const day = day_of(at);
    Minute const close = day * minutes_per_day + of_day_[weekday_of(day)].to;
    if (work <= close - at)
    {
      return at + work;
    }
    work -= close - at;
    at = close;
  }
}

// The two first of the seaports, of the roads and of the airports work round the clock.
OpeningHours opening_hours(std::uint32_t office)
{
  OfficeKind const kind = kind_of_office(office);
  bool const is_large = office < group_of(kind).first + 2;
  switch (kind)
  {
    case OfficeKind::seaport:
      return is_large ? OpeningHours(all_day, all_day, all_day)
                      : OpeningHours(hours(6, 22), hours(8, 16), closed);
    case OfficeKind::railway:
      return {hours(7, 19), hours(8, 13), closed};
    case OfficeKind::road:
      return is_large ? OpeningHours(all_day, all_day, all_day)
                      : OpeningHours(hours(6, 22), hours(6, 22), hours(6, 22));
    case OfficeKind::airport:
      return is_large ? OpeningHours(all_day, all_day, all_day)
                      : OpeningHours(hours(6, 22), hours(8, 18), hours(8, 14));
    case OfficeKind::mail:
      return {hours(7, 18), hours(8, 12), closed};
    case OfficeKind::inland:
      break;
  }
  return {hours(8, 17), closed, closed};
}

OpeningHours banking_hours()
{
  return {hours(9, 16), closed, closed};
}

std::string_view office_hours_header()
{
  return "reporter,office,kind,weekday_opens,weekday_closes,saturday_opens,saturday_closes,sunday_opens,"
         "sunday_closes\n";
}

void append_office_hours(std::uint32_t reporter, std::string& out)
{
  std::string_view const code = country_code(reporter_country(reporter));
  constexpr std::array<std::size_t, 3> kinds_of_day = {0, 5, 6};
  for (std::uint32_t office = 0; office < offices_per_reporter; ++office)
  {
    std::array<char, 96> buffer;
    RowText row(buffer.data());
    row.text(code).mark(',').text(code).digits(office + 1, 2).mark(',').text(name_of(kind_of_office(office)));
    OpeningHours const hours = opening_hours(office);
    for (std::size_t const weekday : kinds_of_day)
    {
      Opening const open = hours.on(weekday);
      for (std::int32_t const at : {open.from, open.to})
      {
        row.mark(',');
        if (open.from < open.to)
        {
          row.digits(static_cast<std::uint64_t>(at / hour), 2).mark(':');
          row.digits(static_cast<std::uint64_t>(at % hour), 2);
        }
      }
    }
    row.mark('\n');
    out.append(row.view());
  }
}

}  // namespace tarifa::kernels
