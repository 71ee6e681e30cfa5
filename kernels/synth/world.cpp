#include "kernels/synth/world.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

namespace tarifa::kernels
{
namespace
{

// Streams of the world itself; tables use small numbers.
enum Stream : std::uint64_t
{
  rank_stream = 92,
  catalogue_stream = 96,
  catalogue_year_stream = 97,
};

std::vector<std::uint32_t> shuffled_products(std::uint64_t seed)
{
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order(product_count);
  for (std::uint32_t i = 0; i < product_count; ++i)
  {
    order[i] = {stream_key(seed, rank_stream, i), i};
  }
  std::sort(order.begin(), order.end());
  std::vector<std::uint32_t> by_rank;
  for (auto const& [key, product] : order)
  {
    by_rank.push_back(product);
  }
  return by_rank;
}

std::vector<std::uint32_t> firsts_of(std::span<NationalLine const> lines)
{
  std::vector<std::uint32_t> firsts(product_count + 1);
  for (NationalLine const& line : lines)
  {
    ++firsts[line.product + 1];
  }
  std::partial_sum(firsts.begin(), firsts.end(), firsts.begin());
  return firsts;
}

/// Weight of every pair of a reporter and a country: the origin's own weight, thinned by distance, thickened
/// by a land border, less for a landlocked origin, scaled so that a reporter keeps its Zipf weight over all
/// origins. Elasticities are the means of published gravity estimates (Disdier & Head 2008,
/// doi:10.1162/rest.90.1.37: distance -0.9; Head & Mayer 2014, doi:10.1016/B978-0-444-54314-1.00003-3: border
/// +0.53 in logarithms).
std::vector<double> gravity(Geography const& geography, std::span<double const> reporters,
                            std::span<double const> origins)
{
  constexpr double distance_elasticity = -0.9;
  constexpr double border_factor = 1.7;
  constexpr double landlocked_factor = 0.7;
  std::vector<double> weights;
  for (std::uint32_t reporter = 0; reporter < reporter_count; ++reporter)
  {
    std::uint32_t const home = reporter_country(reporter);
    double total = 0;
    for (std::uint32_t origin = 0; origin < country_count; ++origin)
    {
      double weight = origin == home ? 0 : origins[origin];
      weight *= portable_exp2(distance_elasticity * portable_log2(geography.distance_km(home, origin)));
      weight *= geography.are_contiguous(home, origin) ? border_factor : 1;
      weight *= country_facts(origin).access == Access::landlocked ? landlocked_factor : 1;
      weights.push_back(weight);
      total += weight;
    }
    for (std::uint32_t origin = 0; origin < country_count; ++origin)
    {
      weights[std::size_t{reporter} * country_count + origin] *= reporters[reporter] / total;
    }
  }
  return weights;
}

std::vector<AliasTable> origins_of_reporters(std::span<double const> pairs)
{
  std::vector<AliasTable> tables;
  for (std::size_t reporter = 0; reporter < reporter_count; ++reporter)
  {
    tables.emplace_back(pairs.subspan(reporter * country_count, country_count));
  }
  return tables;
}

std::vector<std::uint32_t> sizes_of_catalogues(std::span<double const> pairs)
{
  constexpr double all_entries = 3.2e6;
  double const total = std::accumulate(pairs.begin(), pairs.end(), 0.0);
  std::vector<std::uint32_t> sizes;
  for (double const pair : pairs)
  {
    sizes.push_back(1 + static_cast<std::uint32_t>(all_entries * pair / total));
  }
  return sizes;
}

// The exponents and the size of the catalogues make 10 million declarations over five years fill 6.3 million
// cells (reporter, origin, hs6, year) and 0.85 million cells (hs6, origin): docs/methods/synthetic.md.
constexpr double reporter_exponent = 0.75;
constexpr double origin_exponent = 0.74;
constexpr double product_exponent = 0.58;

}  // namespace

World::World(std::uint64_t seed)
    : seed_(seed)
    , products_(make_products(seed, normal_))
    , lines_(make_lines(seed))
    , first_line_(firsts_of(lines_))
    , pair_weights_(gravity(geography_, zipf_weights(reporter_count, reporter_exponent),
                            zipf_weights(country_count, origin_exponent)))
    , reporters_(zipf_weights(reporter_count, reporter_exponent))
    , countries_(zipf_weights(country_count, origin_exponent))
    , origins_(origins_of_reporters(pair_weights_))
    , product_ranks_(zipf_weights(product_count, product_exponent))
    , by_rank_(shuffled_products(seed))
    , catalogue_sizes_(sizes_of_catalogues(pair_weights_))
{
}

std::uint32_t World::catalogue(std::uint32_t pair, int year, std::uint64_t k) const noexcept
{
  enum Purpose : std::uint64_t
  {
    yearly_purpose,
    product_purpose,
  };
  Draws const lasting(stream_key(seed_, catalogue_stream, pair), k);
  if (lasting.below(yearly_purpose, 4) != 0)
  {
    return draw_product(lasting.bits(product_purpose));
  }
  std::uint64_t const of_year = stream_key(seed_, catalogue_year_stream, static_cast<std::uint64_t>(year));
  return draw_product(Draws(stream_key(of_year, catalogue_year_stream, pair), k).bits(product_purpose));
}

}  // namespace tarifa::kernels
