#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tarifa::kernels
{

/// What the offices of an administration are: the same 30 places in all of them.
enum class OfficeKind : std::uint8_t
{
  seaport,
  railway,
  road,
  airport,
  mail,
  inland,
};
std::string_view name_of(OfficeKind kind);

/// Offices of one kind: first one and number.
struct OfficeGroup
{
  std::uint32_t first, count;
};
inline constexpr std::array<OfficeGroup, 6> office_groups = {
    {{0, 12}, {12, 3}, {15, 5}, {20, 6}, {26, 2}, {28, 2}}};
constexpr OfficeGroup group_of(OfficeKind kind) noexcept
{
  return office_groups[static_cast<std::size_t>(kind)];
}
OfficeKind kind_of_office(std::uint32_t office) noexcept;

/// Minutes since 1970-01-01 00:00, local time of the office.
using Minute = std::int64_t;
inline constexpr Minute minutes_per_day = 1440;

/// Day of a minute, also of one before 1970.
constexpr std::int64_t day_of(Minute at) noexcept
{
  return at >= 0 ? at / minutes_per_day : -((minutes_per_day - 1 - at) / minutes_per_day);
}

/// Minutes of a day, from midnight; closed all day when both are equal.
struct Opening
{
  std::int32_t from = 0, to = 0;
};

/// 0 = Monday .. 6 = Sunday; days since 1970-01-01, which may lie before it.
constexpr std::size_t weekday_of(std::int64_t day) noexcept
{
  constexpr std::int64_t days_of_week = 7, first_weekday = 3;  // 1970-01-01 was a Thursday
  return static_cast<std::size_t>(((day + first_weekday) % days_of_week + days_of_week) % days_of_week);
}

/// When an office works. Every office is open on some day of the week.
class OpeningHours
{
 public:
  constexpr OpeningHours(Opening weekday, Opening saturday, Opening sunday)
      : of_day_{weekday, weekday, weekday, weekday, weekday, saturday, sunday}
  {
  }

  Opening on(std::size_t weekday) const noexcept { return of_day_[weekday]; }
  bool is_open(Minute at) const noexcept;
  /// The minute itself when the office is open, else the next in which it opens.
  Minute next_open(Minute at) const noexcept;
  /// End of `work` minutes of opening time that begin at `at` or when the office opens next.
  Minute after_work(Minute at, std::int64_t work) const noexcept;

 private:
  std::array<Opening, 7> of_day_;
};

OpeningHours opening_hours(std::uint32_t office);
/// Banks, through which taxes are paid.
OpeningHours banking_hours();

/// Names of the columns, with the line feed.
std::string_view office_hours_header();
/// One line for each of the offices of a reporter.
void append_office_hours(std::uint32_t reporter, std::string& out);

}  // namespace tarifa::kernels
