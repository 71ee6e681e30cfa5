#include "kernels/synth/enforcement.hpp"

#include <algorithm>

namespace tarifa::kernels
{
namespace
{

enum Stream : std::uint64_t
{
  skill_stream = 125,
  membership_stream = 126,
  silence_stream = 127,
  operation_stream = 128,
};

enum Purpose : std::uint64_t
{
  first_purpose,
  last_purpose,
  turn_purpose,
  burst_purpose,
  start_purpose,
  length_purpose,
  category_purpose,
  members_purpose = 64,  // and one more for each administration
};

std::uint64_t share_of_32_bits(double share)
{
  return static_cast<std::uint64_t>(share * 4294967296.0);
}

bool happens(std::uint64_t bits, double share)
{
  return (bits >> 32) < share_of_32_bits(share);
}

}  // namespace

Enforcement::Enforcement(World const& world, EnforcementSettings const& settings)
    : settings_(settings)
    , seed_(world.seed())
    , growth_(fixed(portable_log2(1 + settings.detection_growth) / 12))
{
  auto const months = static_cast<std::uint32_t>(settings.years * 12);
  // One consignment in 25 where skill is middling, 0.8 doublings between administrations.
  constexpr double log2_middling = -4.643856;
  for (std::uint32_t r = 0; r < reporter_count; ++r)
  {
    Draws const draws(stream_key(seed_, membership_stream), r);
    skill_.push_back(fixed(log2_middling)
                     + scaled(fixed(0.8), world.normal(stream_key(seed_, skill_stream, r))));
    auto const joins = static_cast<std::int32_t>(draws.below(turn_purpose, months));
    first_.push_back(happens(draws.bits(first_purpose), settings.joining_share) ? joins : 0);
    auto const stays = static_cast<std::int32_t>(draws.below(turn_purpose + 1, months));
    last_.push_back(happens(draws.bits(last_purpose), settings.leaving_share) ? std::max(stays, first_.back())
                                                                              : settings.years * 12 - 1);
  }
  std::vector<double> weights;
  for (std::uint32_t goods = 0; goods < contraband_count; ++goods)
  {
    weights.push_back(contraband(goods).weight);
  }
  AliasTable const kinds(weights);
  for (int year = 0; year < settings.years; ++year)
  {
    for (int i = 0; i < settings.operations; ++i)
    {
      make_operation(year, i, kinds);
    }
  }
}

void Enforcement::make_operation(std::int32_t year, std::int32_t number, AliasTable const& kinds)
{
  auto const calendar_year = static_cast<std::uint64_t>(settings_.first_year + year);
  Draws const draws(stream_key(seed_, operation_stream, calendar_year), static_cast<std::uint64_t>(number));
  Operation o;
  // Within one year, two weeks to two months.
  o.first_day = static_cast<std::int32_t>(draws.below(start_purpose, 305));
  o.last_day = o.first_day + 13 + static_cast<std::int32_t>(draws.below(length_purpose, 47));
  o.category = contraband(kinds.pick(draws.bits(category_purpose))).category;
  o.name = "OP-" + std::to_string(calendar_year) + "-" + std::to_string(number + 1);
  for (std::uint32_t r = 0; r < reporter_count; ++r)
  {
    bool const takes_part = draws.below(members_purpose + r, 3) == 0;
    o.administrations |= takes_part ? std::uint64_t{1} << r : 0;
  }
  operations_.push_back(std::move(o));
}

Fixed Enforcement::skill(std::uint32_t administration, std::int32_t month) const noexcept
{
  return skill_[administration] + growth_ * month;
}

bool Enforcement::reports(std::uint32_t administration, std::int32_t month) const noexcept
{
  if (month < first_[administration] || month > last_[administration])
  {
    return false;
  }
  Draws const draws(stream_key(seed_, silence_stream, administration), static_cast<std::uint64_t>(month));
  return !happens(draws.bits(0), settings_.silent_share);
}

bool Enforcement::reports_in_bursts(std::uint32_t administration) const noexcept
{
  return Draws(stream_key(seed_, membership_stream), administration).below(burst_purpose, 10) < 3;
}

std::int32_t Enforcement::operation(std::uint32_t administration, std::int32_t year, std::int32_t day,
                                    std::string_view category) const noexcept
{
  for (std::int32_t i = year * settings_.operations; i < (year + 1) * settings_.operations; ++i)
  {
    Operation const& o = operations_[static_cast<std::size_t>(i)];
    if (o.first_day <= day && day <= o.last_day && o.category == category
        && ((o.administrations >> administration) & 1) != 0)
    {
      return i;
    }
  }
  return -1;
}

}  // namespace tarifa::kernels
