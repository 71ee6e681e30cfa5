#include "kernels/synth/trade_reporters.hpp"

#include <algorithm>
#include <array>

#include "kernels/synth/true_flows.hpp"

namespace tarifa::kernels
{
namespace
{

enum Stream : std::uint64_t
{
  country_stream = 16,  // and 17, by side
  year_stream = 18,     // and 19
  heading_stream = 20,  // and 21
};

enum Purpose : std::uint64_t
{
  silent_purpose,
  threshold_purpose,
  error_purpose,
  hides_purpose,
  unit_purpose,
  unit_year_purpose,
};

struct ByIncome
{
  std::array<double, 2>
      silent;    ///< share of the country-years without statistics, as importer and as exporter
  double error;  ///< doublings, of the median country
};
// Low-income countries deliver late or never; errors follow the reliability that mirror studies find to rise
// with income.
constexpr std::array<ByIncome, 4> by_income = {
    {{{0.5, 0.4}, 0.9}, {{0.35, 0.2}, 0.75}, {{0.2, 0.08}, 0.6}, {{0.12, 0.03}, 0.5}}};

ReporterTraits traits_of(World const& world, TradeSettings const& settings, int year, TradeSide side,
                         std::uint32_t country)
{
  auto const side_index = static_cast<std::uint64_t>(side);
  Draws const lasting(stream_key(world.seed(), country_stream + side_index), country);
  Draws const of_year(stream_key(world.seed(), year_stream + side_index, static_cast<std::uint64_t>(year)),
                      country);
  ByIncome const& level = by_income[static_cast<std::size_t>(country_facts(country).income)];
  ReporterTraits traits;
  // Two thirds of the silence lasts for ever: both draws together give the share of the table.
  double const share = std::min(1.0, level.silent[side_index] * settings.missing_reporters);
  double const for_ever = share < 1 ? share * 2 / 3 : 1;
  double const this_year = for_ever < 1 ? (share - for_ever) / (1 - for_ever) : 1;
  traits.silent = happens(lasting.bits(silent_purpose), share_32(for_ever))
                  || happens(of_year.bits(silent_purpose), share_32(this_year));
  constexpr std::array<std::int64_t, 8> dollars = {0, 0, 0, 100, 200, 500, 1000, 2500};
  traits.threshold = static_cast<std::int64_t>(
      static_cast<double>(dollars[lasting.below(threshold_purpose, dollars.size())] * 1000)
      * settings.threshold);
  Fixed const worse = world.exp2(fixed(20) + scaled(fixed(0.6), world.normal(lasting.bits(error_purpose))));
  traits.error = scaled(fixed(level.error * settings.error), worse << (fixed_bits - 20));
  traits.hides_partners = happens(lasting.bits(hides_purpose), share_32(settings.confidential_reporters));
  traits.counts_in_kg = happens(lasting.bits(unit_purpose), share_32(settings.unit_changes))
                        && year < 2016 + static_cast<int>(lasting.below(unit_year_purpose, 12));
  return traits;
}

}  // namespace

TradeReporters::TradeReporters(World const& world, TradeSettings const& settings, int year)
    : seed_(world.seed())
    , hidden_headings_(share_32(settings.confidential))
{
  for (TradeSide const side : {TradeSide::importer, TradeSide::exporter})
  {
    for (std::uint32_t country = 0; country < country_count; ++country)
    {
      traits_[static_cast<std::size_t>(side)].push_back(traits_of(world, settings, year, side, country));
    }
  }
}

bool TradeReporters::hides(TradeSide side, std::uint32_t country, std::uint32_t product) const
{
  constexpr std::uint32_t products_of_heading = 5;
  return traits(side, country).hides_partners
         && happens(Draws(stream_key(seed_, heading_stream + static_cast<std::uint64_t>(side), country),
                          product / products_of_heading)
                        .bits(0),
                    hidden_headings_);
}

}  // namespace tarifa::kernels
