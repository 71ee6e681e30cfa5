#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/statistics/random.hpp"
#include "kernels/synth/geography.hpp"
#include "kernels/synth/products.hpp"
#include "kernels/synth/tables.hpp"

namespace tarifa::kernels
{

inline constexpr std::uint32_t reporter_count = 40;
inline constexpr std::uint32_t pair_count = reporter_count * country_count;

/// Country of one of the 40 administrations: every other one of the first 80.
constexpr std::uint32_t reporter_country(std::uint32_t reporter) noexcept
{
  return 2 * reporter;
}

/// What all tables of one synthetic world share: who trades, in what, how often, at which prices. Built from
/// the seed alone; the same for every rank. Codes are real or plausible, every figure is invented.
class World
{
 public:
  explicit World(std::uint64_t seed);

  std::uint64_t seed() const noexcept { return seed_; }
  std::vector<Product> const& products() const noexcept { return products_; }
  /// Lines of 8 and 10 digits below a product.
  std::span<NationalLine const> lines_of(std::uint32_t product) const noexcept
  {
    return std::span(lines_).subspan(first_line_[product], first_line_[product + 1] - first_line_[product]);
  }
  Geography const& geography() const noexcept { return geography_; }
  /// [pairs] How much a reporter buys from a country, by gravity; 0 from itself. Not normalised.
  std::vector<double> const& pair_weights() const noexcept { return pair_weights_; }

  std::uint32_t draw_reporter(std::uint64_t bits) const noexcept { return reporters_.pick(bits); }
  std::uint32_t draw_country(std::uint64_t bits) const noexcept { return countries_.pick(bits); }
  /// Country a reporter buys from, never itself.
  std::uint32_t draw_origin(std::uint32_t reporter, std::uint64_t bits) const noexcept
  {
    return origins_[reporter].pick(bits);
  }
  std::uint32_t draw_product(std::uint64_t bits) const noexcept
  {
    return by_rank_[product_ranks_.pick(bits)];
  }
  /// Pairs of an importing reporter and an exporting country: reporter * country_count + country.
  std::uint32_t catalogue_size(std::uint32_t pair) const noexcept { return catalogue_sizes_[pair]; }
  /// Entry k of what a pair trades in a year. The first catalogue_size entries are its ordinary trade; a
  /// product stands there as often as it is popular, and three in four entries are the same in all years.
  std::uint32_t catalogue(std::uint32_t pair, int year, std::uint64_t k) const noexcept;

  NormalTable const& normal_table() const noexcept { return normal_; }
  Exp2Table const& exp2_table() const noexcept { return exp2_; }
  Fixed normal(std::uint64_t bits) const noexcept { return normal_.at(bits); }
  std::int64_t exp2(Fixed x) const noexcept { return exp2_.at(x); }

  /// log2 of the price level of a product from one origin, relative to the product's median.
  Fixed origin_premium(std::uint32_t product, std::uint32_t origin) const noexcept
  {
    return scaled(fixed(0.35), normal_.at(stream_key(seed_, 91, product * country_count + origin)));
  }

 private:
  std::uint64_t seed_;
  NormalTable normal_;  // before the products, which are made with it
  Exp2Table exp2_;
  std::vector<Product> products_;
  std::vector<NationalLine> lines_;
  std::vector<std::uint32_t> first_line_;  ///< [products + 1]
  Geography geography_;
  std::vector<double> pair_weights_;
  AliasTable reporters_, countries_;
  std::vector<AliasTable> origins_;  ///< of each reporter
  AliasTable product_ranks_;
  std::vector<std::uint32_t> by_rank_;  ///< product of each popularity rank
  std::vector<std::uint32_t> catalogue_sizes_;
};

}  // namespace tarifa::kernels
