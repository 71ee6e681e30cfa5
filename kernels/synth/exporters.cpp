#include "kernels/synth/exporters.hpp"

#include <algorithm>

namespace tarifa::kernels
{
namespace
{

enum Stream : std::uint64_t
{
  established_stream = 260,
  occasional_stream,
  turnover_of_shells_stream,
  supplier_stream,
  sister_stream,
  shell_stream,
};

/// [days] Established exporters last twice as long as importers; the others a year and a half.
constexpr Day established_days = 4384, short_days = 550;
constexpr std::uint32_t most_shells_at_once = 3;
/// Generations of shells of one person: who has returned three times has held a seat for five windows of six
/// years at most, 20 generations.
constexpr std::uint32_t most_generations = 32;

std::vector<std::uint32_t> first_places(std::uint32_t seats)
{
  constexpr double origin_exponent = 0.74;  // of the countries' weights in trade
  std::vector<std::uint32_t> first = {0};
  for (double const weight : zipf_weights(country_count, origin_exponent))
  {
    auto const pairs = static_cast<std::uint32_t>(weight * seats / 4);
    first.push_back(first.back() + 2 * std::max(pairs, 2U));
  }
  return first;
}

}  // namespace

Exporters::Exporters(World const& world, Actors const& actors)
    : world_(world)
    , actors_(actors)
    , established_(stream_key(world.seed(), established_stream), established_days)
    , occasional_(stream_key(world.seed(), occasional_stream), short_days)
    , shells_(stream_key(world.seed(), turnover_of_shells_stream), short_days)
    , first_(first_places(actors.settings().seats))
{
}

// The established ones come first, then the occasional ones, then the shells: 5,000 seats with 40 reporters
// stay below the prime.
std::uint32_t Exporters::number_of(Exporter const& exporter) const noexcept
{
  std::uint64_t const places = first_.back();
  std::uint64_t const occupant = exporter.tenure.occupant;
  std::uint64_t x = 0;
  switch (exporter.kind)
  {
    case ExporterKind::established:
      x = std::uint64_t{exporter.place} * established_.most() + occupant;
      break;
    case ExporterKind::occasional:
      x = places * established_.most() + std::uint64_t{exporter.place} * occasional_.most() + occupant;
      break;
    case ExporterKind::shell:
    {
      std::uint32_t const first = shells_.occupant_on(exporter.place, exporter.keeper.entry);
      x = places * (established_.most() + occasional_.most())
          + std::uint64_t{exporter.place} * most_generations + (exporter.tenure.occupant - first);
      break;
    }
  }
  return opaque_number(world_.seed(), exporter_numbers, x, nine_digits);
}

std::uint32_t Exporters::place_of_rank(std::uint32_t country, std::uint64_t bits) const noexcept
{
  return first_[country] + actors_.draw_rank(bits) % places(country);
}

Exporter Exporters::established_on(std::uint32_t country, std::uint32_t place, Day day) const noexcept
{
  Exporter exporter;
  exporter.country = country;
  exporter.place = place;
  exporter.tenure = established_.tenure(place, established_.occupant_on(place, day));
  exporter.number = number_of(exporter);
  return exporter;
}

bool Exporters::has_sister(std::uint32_t place) const noexcept
{
  return Draws(stream_key(world_.seed(), sister_stream), place / 2).below(0, 4) == 0;
}

/// Who buys from one of two sister companies buys from the other as well, in half of the cases.
std::uint32_t Exporters::supplier(Importer const& importer, std::uint32_t country, std::uint32_t choice,
                                  Day day) const noexcept
{
  Draws const draws(stream_key(world_.seed(), supplier_stream, importer.seat), importer.person);
  std::uint64_t const purpose = std::uint64_t{country} * 4;
  std::uint32_t place = place_of_rank(country, draws.bits(purpose + choice));
  if (choice == 2 && draws.below(purpose + 3, 2) == 0)
  {
    std::uint32_t const other = place_of_rank(country, draws.bits(purpose + 1));
    place = has_sister(other) ? other ^ 1U : place;
  }
  return established_on(country, place, day).number;
}

std::uint32_t Exporters::established(std::uint32_t country, std::uint64_t bits, Day day) const noexcept
{
  return established_on(country, place_of_rank(country, bits), day).number;
}

std::uint32_t Exporters::occasional(std::uint32_t country, std::uint64_t bits, Day day) const noexcept
{
  Exporter exporter;
  exporter.kind = ExporterKind::occasional;
  exporter.country = country;
  exporter.place = first_[country] + static_cast<std::uint32_t>(((bits >> 32) * places(country)) >> 32);
  exporter.tenure = occasional_.tenure(exporter.place, occasional_.occupant_on(exporter.place, day));
  return number_of(exporter);
}

std::uint32_t Exporters::shell_place(Importer const& importer, std::uint32_t which) const noexcept
{
  constexpr std::uint32_t most_persons = 50;
  return (importer.seat * most_persons + importer.person) * most_shells_at_once + which;
}

std::uint32_t Exporters::shells_at_once(Importer const& importer) const noexcept
{
  Draws const draws(stream_key(world_.seed(), shell_stream, importer.seat), importer.person);
  return 2 + draws.below(0, most_shells_at_once - 1);
}

/// Where the importer buys, or wherever companies are founded for money, but not at home.
std::uint32_t Exporters::shell_country(Importer const& importer) const noexcept
{
  Draws const draws(stream_key(world_.seed(), shell_stream, importer.seat), importer.person);
  std::uint32_t const abroad = world_.draw_origin(importer.reporter, draws.bits(2));
  std::uint32_t const anywhere = world_.draw_country(draws.bits(3));
  return draws.below(1, 2) == 0 || anywhere == reporter_country(importer.reporter) ? abroad : anywhere;
}

Exporter Exporters::shell(Importer const& keeper, std::uint32_t which, std::uint32_t occupant) const noexcept
{
  Exporter exporter;
  exporter.kind = ExporterKind::shell;
  exporter.country = shell_country(keeper);
  exporter.place = shell_place(keeper, which);
  exporter.tenure = shells_.tenure(exporter.place, occupant);
  exporter.keeper = keeper;
  exporter.number = number_of(exporter);
  // None is there long before its importer, nor long after.
  Draws const draws(stream_key(world_.seed(), shell_stream, keeper.seat), std::uint64_t{keeper.person} + 100);
  Day const founded = keeper.entry - 5 - static_cast<Day>(draws.below(which, 115));
  Day const closed = actors_.last_name(keeper).exit + 10 + static_cast<Day>(draws.below(8 + which, 200));
  exporter.tenure.entry = std::max(exporter.tenure.entry, founded);
  exporter.tenure.exit = std::min(exporter.tenure.exit, closed);
  return exporter;
}

std::uint32_t Exporters::shell(Importer const& importer, std::uint64_t bits, Day day) const noexcept
{
  Importer const keeper = actors_.occupant(importer.reporter, importer.rank, importer.person);
  Exporter exporter;
  exporter.kind = ExporterKind::shell;
  exporter.place = shell_place(keeper, static_cast<std::uint32_t>((bits >> 32) % shells_at_once(keeper)));
  exporter.keeper = keeper;
  exporter.tenure.occupant = shells_.occupant_on(exporter.place, std::max(day, keeper.entry));
  return number_of(exporter);
}

std::vector<Exporter> Exporters::between(std::uint32_t country, Day from, Day end) const
{
  std::vector<Exporter> found;
  auto const add = [&](ExporterKind kind, Turnover const& turnover, std::uint32_t place)
  {
    std::uint32_t const last = turnover.occupant_on(place, end - 1);
    for (std::uint32_t occupant = turnover.occupant_on(place, from); occupant <= last; ++occupant)
    {
      Exporter exporter{kind, 0, country, place, turnover.tenure(place, occupant), {}};
      exporter.number = number_of(exporter);
      found.push_back(exporter);
    }
  };
  for (std::uint32_t place = first_[country]; place < first_[country + 1]; ++place)
  {
    add(ExporterKind::established, established_, place);
    add(ExporterKind::occasional, occasional_, place);
  }
  std::erase_if(found,
                [](Exporter const& exporter) { return exporter.tenure.entry == exporter.tenure.exit; });
  return found;
}

std::vector<Exporter> Exporters::shells_between(std::uint32_t reporter, Day from, Day end) const
{
  constexpr Day before = 120, after = 210;  // a shell may be there so long without its importer
  std::vector<Exporter> found;
  for (std::uint32_t rank = 0; rank < actors_.settings().seats; ++rank)
  {
    std::uint32_t const seat = reporter * actors_.settings().seats + rank;
    std::uint32_t const last = actors_.occupant_on(seat, end + before);
    Importer keeper;
    bool is_first = true;
    for (std::uint32_t name = actors_.occupant_on(seat, from - after); name <= last; ++name)
    {
      Importer const importer = actors_.occupant(reporter, rank, name);
      if (!actors_.keeps_shells(importer) || (!is_first && importer.person == keeper.person))
      {
        continue;
      }
      keeper = actors_.occupant(reporter, rank, importer.person);
      is_first = false;
      for (std::uint32_t which = 0; which < shells_at_once(keeper); ++which)
      {
        std::uint32_t const place = shell_place(keeper, which);
        std::uint32_t const oldest = shells_.occupant_on(place, std::max(from, keeper.entry));
        Day const closed = std::min(end, actors_.last_name(keeper).exit);
        for (std::uint32_t o = oldest; closed > keeper.entry && o <= shells_.occupant_on(place, closed - 1);
             ++o)
        {
          Exporter const exporter = shell(keeper, which, o);
          if (exporter.tenure.entry < end && exporter.tenure.exit > from
              && exporter.tenure.entry < exporter.tenure.exit)
          {
            found.push_back(exporter);
          }
        }
      }
    }
  }
  return found;
}

}  // namespace tarifa::kernels
