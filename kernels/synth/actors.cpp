#include "kernels/synth/actors.hpp"

#include <algorithm>
#include <numeric>

namespace tarifa::kernels
{
namespace
{

enum Stream : std::uint64_t
{
  seat_stream = 220,
  person_stream,
  risk_stream,
  chain_stream,
  shell_stream,
  broker_stream,
  office_stream,
  agent_stream,
};

/// [days] Importers last six years on average, those who work for them twelve.
constexpr Day importer_days = 2192, agent_days = 4384;

/// Smooth noise: normal deviates at knots, straight lines between them.
Fixed drift(World const& world, std::uint64_t stream, Day day, Day step)
{
  auto const at = [&](Day knot)
  { return world.normal(Draws(stream, static_cast<std::uint64_t>(knot + 100'000)).bits(0)); };
  Day const knot = day / step;
  Fixed const along = (Fixed{day % step} << fixed_bits) / step;
  Fixed const from = at(knot);
  return from + scaled(at(knot + 1) - from, along);
}

std::vector<double> reporter_weights(World const& world, std::uint32_t reporters)
{
  std::vector<double> weights;
  for (std::uint32_t reporter = 0; reporter < reporters; ++reporter)
  {
    auto const begin = world.pair_weights().begin() + std::ptrdiff_t{reporter} * country_count;
    weights.push_back(std::accumulate(begin, begin + country_count, 0.0));
  }
  return weights;
}

}  // namespace

// Years are counted from March, as in the calendar of the ingest: day (153 m + 2) / 5 begins a month.
Day day_of_year_start(int year) noexcept
{
  int const y = year - 1;  // 1 January belongs to the March year before
  int const era = y / 400, of_era = y % 400;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + 306 - 719468;
}

std::uint8_t sector_of(std::uint32_t chapter) noexcept
{
  constexpr std::array<std::uint8_t, 10> last_chapter = {14, 24, 27, 38, 40, 49, 67, 83, 84, 97};
  return static_cast<std::uint8_t>(std::find_if(last_chapter.begin(), last_chapter.end(),
                                                [&](std::uint8_t last) { return chapter <= last; })
                                   - last_chapter.begin());
}

Actors::Actors(World const& world, ActorSettings const& settings)
    : world_(world)
    , settings_(settings)
    , seats_(stream_key(world.seed(), seat_stream), importer_days)
    , agents_{Turnover(stream_key(world.seed(), agent_stream, 0), agent_days),
              Turnover(stream_key(world.seed(), agent_stream, 1), agent_days),
              Turnover(stream_key(world.seed(), agent_stream, 2), agent_days)}
    , reporters_(reporter_weights(world, settings.reporters))
    , ranks_(zipf_weights(settings.seats, 0.9))
{
  // The mean over declarations of some mid-period day; drift moves it by a few per cent.
  constexpr Day mid = 18'800;
  auto const by_rank = zipf_weights(settings.seats, 0.9);
  auto const by_reporter = reporter_weights(world, settings.reporters);
  double sum = 0, all = 0, kept = 0;
  for (std::uint32_t reporter = 0; reporter < settings.reporters; ++reporter)
  {
    for (std::uint32_t rank = 0; rank < settings.seats; ++rank)
    {
      double const share = by_rank[rank] * by_reporter[reporter];
      Importer const importer = this->importer(reporter, rank, mid);
      double const risky = share * weight(risk(importer, mid));
      sum += risky;
      kept += keeps_shells(importer) ? risky : 0;
      all += share;
    }
  }
  mean_weight_ = sum / all;
  shell_factor_ = kept > 0 ? sum / kept : 0;
}

std::uint32_t Actors::occupant_on(std::uint32_t seat, Day day) const noexcept
{
  return seats_.occupant_on(seat, day);
}

/// A delinquent whose seat changes comes back in one of two cases. Every fourth occupant is new for certain,
/// which bounds how far back one has to look.
std::uint32_t Actors::person_of(std::uint32_t seat, std::uint32_t rank, std::uint32_t occupant) const noexcept
{
  Draws const draws(stream_key(world_.seed(), person_stream), seat);
  if (occupant % 4 == 0 || draws.below(occupant, 2) == 0)
  {
    return occupant;
  }
  std::uint32_t const before = person_of(seat, rank, occupant - 1);
  return evades(seat, rank, before) ? before : occupant;
}

/// Eight in a hundred evade by habit; the largest twentieth is watched too closely for that.
bool Actors::evades(std::uint32_t seat, std::uint32_t rank, std::uint32_t person) const noexcept
{
  Draws const draws(stream_key(world_.seed(), risk_stream, seat), person);
  return rank >= settings_.seats / 20 && draws.below(0, 100) < 8;
}

Importer Actors::occupant(std::uint32_t reporter, std::uint32_t rank, std::uint32_t number) const noexcept
{
  constexpr Day gap_days = 70;
  Importer importer;
  importer.reporter = reporter;
  importer.rank = rank;
  importer.seat = reporter * settings_.seats + rank;
  importer.occupant = number;
  importer.person = person_of(importer.seat, rank, number);
  importer.is_evader = evades(importer.seat, rank, importer.person);
  Draws const draws(stream_key(world_.seed(), seat_stream, 1), importer.seat);
  auto const gap = static_cast<Day>(20 + draws.below(number, gap_days));
  Tenure const tenure = seats_.tenure(importer.seat, number);
  importer.exit = tenure.exit;
  importer.entry = number == 0 ? tenure.entry : std::min(tenure.entry + gap, tenure.exit);
  importer.number = opaque_number(world_.seed(), importer_numbers,
                                  std::uint64_t{importer.seat} * seats_.most() + number, seven_digits);
  return importer;
}

Importer Actors::last_name(Importer const& importer) const noexcept
{
  Importer last = importer;
  for (std::uint32_t next = importer.occupant + 1;
       next < seats_.most() && person_of(importer.seat, importer.rank, next) == importer.person; ++next)
  {
    last = occupant(importer.reporter, importer.rank, next);
  }
  return last;
}

bool Actors::keeps_shells(Importer const& importer) const noexcept
{
  Draws const draws(stream_key(world_.seed(), shell_stream, importer.seat), importer.person);
  return importer.rank >= settings_.seats / 20
         && (importer.is_evader ? draws.below(0, 3) < 2 : draws.below(0, 20) == 0);
}

Importer Actors::importer(std::uint32_t reporter, std::uint32_t rank, Day day) const noexcept
{
  return occupant(reporter, rank, occupant_on(reporter * settings_.seats + rank, day));
}

SupplyChain Actors::supply_chain(Importer const& importer) const noexcept
{
  Draws const draws(stream_key(world_.seed(), chain_stream, importer.seat), importer.person);
  SupplyChain chain;
  // A sector is chosen as often as it has products: by a product of its own.
  for (std::size_t i = 0; i < chain.sectors.size(); ++i)
  {
    Product const& product = world_.products()[draws.below(i, product_count)];
    chain.sectors[i] = sector_of(static_cast<std::uint32_t>(product.code[0] - '0') * 10
                                 + static_cast<std::uint32_t>(product.code[1] - '0'));
  }
  Draws const name(stream_key(world_.seed(), chain_stream, importer.seat), 1000 + importer.occupant);
  bool const changes = importer.has_returned() && name.below(0, 5) == 0;
  chain.broker = ranks_.pick((changes ? name : draws).bits(2)) * agents(AgentKind::broker) / settings_.seats;
  chain.forwarder = draws.below(3, agents(AgentKind::forwarder));
  chain.warehouse = draws.below(4, agents(AgentKind::warehouse));
  chain.home = draws.below(5, 1000);
  return chain;
}

std::uint32_t Actors::agents(AgentKind kind) const noexcept
{
  constexpr std::array<std::uint32_t, agent_kinds> importers_of_one = {20, 50, 40}, least = {4, 3, 3};
  auto const at = static_cast<std::size_t>(kind);
  return std::max(settings_.seats / importers_of_one[at], least[at]);
}

Tenure Actors::agent(AgentKind kind, std::uint32_t reporter, std::uint32_t place,
                     std::uint32_t occupant) const noexcept
{
  return turnover(kind).tenure(reporter * agents(kind) + place, occupant);
}

Tenure Actors::agent_on(AgentKind kind, std::uint32_t reporter, std::uint32_t place, Day day) const noexcept
{
  return agent(kind, reporter, place, turnover(kind).occupant_on(reporter * agents(kind) + place, day));
}

std::uint32_t Actors::agent_number(AgentKind kind, std::uint32_t reporter, std::uint32_t place,
                                   std::uint32_t occupant) const noexcept
{
  std::uint64_t const at = std::uint64_t{reporter} * agents(kind) + place;
  return opaque_number(world_.seed(), broker_numbers + static_cast<std::uint64_t>(kind),
                       at * turnover(kind).most() + occupant, seven_digits);
}

/// Ordinary importers spread by 0.8 doublings, evaders stand 3.5 above them and drift more slowly; the
/// larger, the more careful: half a doubling less for each factor of eight in rank.
Fixed Actors::risk(Importer const& importer, Day day) const noexcept
{
  constexpr Day half_year = 182;
  std::uint64_t const stream = stream_key(world_.seed(), risk_stream, importer.seat);
  Fixed const level = world_.normal(Draws(stream, importer.person).bits(1));
  std::uint64_t const path = stream_key(stream, risk_stream, importer.person);
  Fixed const moved = drift(world_, path, day, half_year);
  Fixed size = 0;
  for (std::uint32_t rank = importer.rank + 1; rank < settings_.seats; rank *= 2)
  {
    size += fixed(1.0 / 6);
  }
  return scaled(fixed(0.8), level) + scaled(fixed(0.7), moved) + (importer.is_evader ? fixed(3.5) : 0) - size;
}

double Actors::weight(Fixed risk) const noexcept
{
  // 2^24 makes room for what is below one.
  return static_cast<double>(world_.exp2(risk + (Fixed{24} << fixed_bits))) / (16'777'216.0 * mean_weight_);
}

double Actors::carelessness(std::uint32_t reporter, std::uint32_t broker) const noexcept
{
  Draws const draws(stream_key(world_.seed(), broker_stream, reporter), broker);
  return 0.5 + 0.01 * draws.below(0, 150);
}

Office Actors::office(std::uint32_t reporter, std::uint32_t office) const noexcept
{
  Draws const draws(stream_key(world_.seed(), office_stream, reporter), office);
  return {60 + draws.below(0, 90), 60 + draws.below(1, 36), 50 + draws.below(2, 250)};
}

}  // namespace tarifa::kernels
