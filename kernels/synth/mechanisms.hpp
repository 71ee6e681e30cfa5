#pragma once

#include <array>

#include "kernels/synth/consignment.hpp"

namespace tarifa::kernels
{

/// Turns true goods into declared ones: fraud by one of the mechanisms of an item, or an honest error, or
/// neither.
class Planter
{
 public:
  Planter(World const& world, Tariff const& tariff, FraudSettings const& settings);

  FraudSettings const& settings() const noexcept { return settings_; }

  /// Decides and applies. `item` has its truth, log2 of its net mass and its preference; `draws` are those of
  /// its row, `shared` of its declaration. `split_probability` is that of the span, for the probability of
  /// the row.
  void plant(Head const& head, Item& item, Draws const& draws, Draws const& shared,
             double split_probability) const;

  /// Chance that the consignments of a head with this weight are split.
  double split_probability(Head const& head) const noexcept;
  /// Chance that a head with this weight has a shell company send the invoice.
  double shell_probability(double weight) const noexcept;

  /// Quantity in the unit of a product, noise in doublings.
  std::int64_t quantity(std::uint32_t product, Fixed log2_net, Fixed noise) const noexcept;

 private:
  using Odds = std::array<double, mechanism_count>;
  struct Candidates
  {
    std::uint32_t neighbour, origin, agreement;
  };

  Candidates candidates(Head const& head, Item const& item, Draws const& draws) const noexcept;
  Odds odds(Head const& head, Item const& item, Candidates const& to) const noexcept;
  void falsify(Item& item, Candidates const& to, Draws const& draws) const;
  void hide_goods(Item& item, double share, Draws const& draws) const;
  void err(Head const& head, Item& item, Draws const& draws) const;
  double share_hidden(double size, std::uint64_t bits) const noexcept;

  World const& world_;
  Tariff const& tariff_;
  FraudSettings settings_;
};

}  // namespace tarifa::kernels
