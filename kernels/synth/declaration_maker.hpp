#pragma once

#include <array>
#include <vector>

#include "kernels/synth/calendar.hpp"
#include "kernels/synth/declarations.hpp"
#include "kernels/synth/exporters.hpp"
#include "kernels/synth/mechanisms.hpp"

namespace tarifa::kernels
{

/// Rows are cut into declarations within spans of this many, which divides rows_per_block.
inline constexpr std::int64_t rows_per_span = 8;

/// The declarations of one span of rows.
struct Span
{
  std::array<Declaration, rows_per_span> declarations;
  int count = 0;
};

/// Whether a consignment of low value owes nothing: not when it is known to be a piece of a larger one.
enum class LowValue : std::uint8_t
{
  granted,
  refused,
};

/// Makes the declarations of a year, what is true of them and what they say. Built once for a year and used
/// by all threads; every span is a function of (seed, settings, year, rows, its number).
class DeclarationMaker
{
 public:
  DeclarationMaker(World const& world, Actors const& actors, DeclarationYear const& year,
                   FraudSettings const& fraud);

  DeclarationYear const& year() const noexcept { return year_; }
  World const& world() const noexcept { return world_; }
  Actors const& actors() const noexcept { return actors_; }
  Tariff const& tariff() const noexcept { return tariff_; }
  Calendar const& calendar() const noexcept { return calendar_; }
  /// Day of the year, from 0, as days since 1970-01-01.
  Day absolute(std::int64_t day) const noexcept { return first_day_ + static_cast<Day>(day); }
  /// Draws of a row, or of the declaration it opens.
  Draws draws(std::int64_t row) const noexcept { return {stream_, static_cast<std::uint64_t>(row)}; }

  /// Rows 8 k .. 8 k + 7 of the year, those that there are. `span` is overwritten.
  void make(std::int64_t k, Span& span) const;
  /// Relief and taxes by what the items declare.
  void assess(Declaration& declaration, LowValue low_value) const;
  /// What of the law applies to an item with a preference (0 = none) under a relief.
  TaxTreatment treatment(Relief relief, std::uint32_t agreement, std::uint32_t product) const noexcept
  {
    return {tariff_.preferential_percent(agreement, product), relief != Relief::none,
            relief != Relief::none && relief != Relief::investment};
  }

 private:
  /// How rows of a span came to be what they are.
  enum class Run : std::uint8_t
  {
    ordinary,
    split,    ///< the first rows are pieces of one consignment
    parcels,  ///< the first rows are small consignments of the same goods, as they are
  };

  Head head(std::int64_t row) const;
  std::uint32_t exporter(Head const& head, Draws const& draws, Draws const& habits) const;
  void make_small(Head& head, Draws const& draws) const;
  Item item(Head const& head, std::int64_t row) const;
  std::uint32_t product(Head const& head, std::uint32_t origin, Draws const& draws) const;
  Fixed log2_price(Head const& head, std::uint32_t product, std::uint32_t origin, Draws const& draws) const;
  void price(Head const& head, Goods& goods, Fixed log2_net, Fixed log2_price, Draws const& draws) const;
  std::int64_t freight_per_mille(Head const& head, Fixed log2_price, Draws const& draws) const;
  Item piece(Head const& head, Item const& first, std::int64_t row, Run run) const;
  static TaxBase base(Head const& head, Goods const& goods);
  Relief relief(Head const& head, std::int64_t value, bool excise) const;
  void settle_taxes(Declaration& declaration, std::int64_t consignment_value) const;

  World const& world_;
  Actors const& actors_;
  Exporters exporters_;
  DeclarationYear year_;
  Calendar calendar_;
  Tariff tariff_;
  Planter planter_;
  Persistence persistence_;
  Day first_day_;
  std::uint64_t stream_;
  std::vector<std::uint8_t> month_of_day_;
  std::vector<Fixed> level_;  ///< [products x 13] log2 of drift and season at the ends of the months
};

}  // namespace tarifa::kernels
