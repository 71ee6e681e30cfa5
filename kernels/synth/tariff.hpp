#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/synth/world.hpp"

namespace tarifa::kernels
{

/// How the duty of a line is computed from value and amount: docs/methods/synthetic-declarations.md.
enum class DutyKind : std::uint8_t
{
  free,
  ad_valorem,
  specific,
  compound,  ///< ad valorem and specific
  minimum,   ///< ad valorem, at least the specific amount
  maximum,   ///< ad valorem, at most the specific amount
  seasonal,  ///< ad valorem, another rate out of season
};
std::string_view name_of(DutyKind kind);

/// What specific duties are counted in.
enum class AmountBasis : std::uint8_t
{
  net_mass,  ///< 100 kg
  quantity,  ///< 100 supplementary units
};

struct DutyLine
{
  DutyKind kind = DutyKind::free;
  AmountBasis basis = AmountBasis::net_mass;
  std::uint8_t first_month = 1, last_month = 12;  ///< of the season, 1 .. 12
  std::uint16_t per_mille = 0;                    ///< of the customs value
  std::uint16_t off_season_per_mille = 0;
  std::int32_t specific_cents = 0;  ///< US cents per 100 of the basis

  /// [per mille] Ad valorem rate of a month, 1 .. 12.
  std::uint32_t rate(std::uint32_t month) const noexcept
  {
    bool const in_season = kind != DutyKind::seasonal || (first_month <= month && month <= last_month);
    return in_season ? per_mille : off_season_per_mille;
  }
  /// The line under a preference that leaves a share: rates in steps of a tenth of a per cent and amounts in
  /// whole cents, rounded half up.
  DutyLine reduced(std::uint32_t percent) const noexcept;
  bool operator==(DutyLine const&) const = default;
};

/// Excise: a share of customs value and duty, and an amount.
struct ExciseLine
{
  AmountBasis basis = AmountBasis::net_mass;
  std::uint16_t per_mille = 0;
  std::int32_t specific_cents = 0;  ///< US cents per 100 of the basis
  bool applies() const noexcept { return per_mille > 0 || specific_cents > 0; }
};

/// What taxes are computed on.
struct TaxBase
{
  std::int64_t customs_value = 0;  ///< [US cents]
  std::int64_t net = 0;            ///< [0.01 kg]
  std::int64_t quantity = 0;       ///< [supplementary units]
  std::uint32_t month = 1;         ///< 1 .. 12
};

/// [US cents]
struct Taxes
{
  std::int64_t duty = 0, excise = 0, vat = 0;
  std::int64_t total() const noexcept { return duty + excise + vat; }
};

/// Which part of the law applies to an item.
struct TaxTreatment
{
  std::uint32_t duty_percent = 100;  ///< of the duty of the line: less under a preference
  bool duty_free = false;            ///< exempt or suspended
  bool tax_free = false;             ///< no excise and no VAT either
};

inline constexpr std::uint32_t agreement_count = 12;

/// Tariffs and internal taxes of all reporters in one calendar year. A line is a function of (seed, reporter,
/// product, half of the year) and nothing else; the tables here only keep what would be computed again and
/// again. Goods pay by the product they are filed as in that year.
class Tariff
{
 public:
  Tariff(World const& world, int year);

  int year() const noexcept { return year_; }
  DutyLine const& line(std::uint32_t reporter, std::uint32_t product, std::uint32_t month) const noexcept
  {
    std::size_t const half = month > 6 ? 1 : 0;
    return lines_[(half * reporter_count + reporter) * product_count + product];
  }
  ExciseLine const& excise(std::uint32_t product) const noexcept { return excises_[product]; }
  std::uint32_t vat_per_mille(std::uint32_t reporter, std::uint32_t product) const noexcept
  {
    return vats_[reporter][reduced_[product]];
  }

  /// Agreement 1 .. 12 that gives goods of the origin a preference; 0 = none.
  std::uint32_t agreement(std::uint32_t reporter, std::uint32_t origin) const noexcept
  {
    return agreements_[reporter * country_count + origin];
  }
  /// [per cent] Part of the duty that is left under an agreement: 0, 50 or 100.
  std::uint32_t preferential_percent(std::uint32_t agreement, std::uint32_t product) const noexcept;
  /// A country whose goods have a preference, as often as the reporter buys there; country_count when there
  /// is none.
  std::uint32_t draw_partner(std::uint32_t reporter, std::uint64_t bits) const noexcept
  {
    return partners_[reporter].empty() ? country_count
                                       : partners_[reporter][partner_ranks_[reporter].pick(bits)];
  }

  /// [US cents] A consignment by air or mail up to this customs value pays no duty and no tax, unless it
  /// holds excise goods; 0 = there is no such relief.
  std::int64_t low_value_limit(std::uint32_t reporter) const noexcept { return low_value_limits_[reporter]; }

  /// Product of the same chapter, close by in the nomenclature, whose duty is lower by 2 points or a little
  /// more; the product itself when there is none.
  std::uint32_t cheaper_neighbour(std::uint32_t reporter, std::uint32_t product) const noexcept
  {
    return neighbours_[reporter * product_count + product];
  }

  /// Taxes of one item; every part is rounded half up to the cent.
  Taxes taxes(std::uint32_t reporter, std::uint32_t product, TaxTreatment const& treatment,
              TaxBase const& base) const noexcept;

 private:
  void find_neighbours();

  World const& world_;
  int year_;
  std::vector<DutyLine> lines_;  ///< [halves x reporters x products]
  std::vector<ExciseLine> excises_;
  std::vector<std::uint8_t> reduced_;  ///< [products] 1 = the lower rate of VAT
  std::array<std::array<std::uint16_t, 2>, reporter_count> vats_{};
  std::vector<std::uint8_t> agreements_;
  std::vector<std::vector<std::uint16_t>> partners_;  ///< of each reporter
  std::vector<AliasTable> partner_ranks_;             ///< by how much it buys from them
  std::array<std::int64_t, reporter_count> low_value_limits_{};
  std::vector<std::uint16_t> neighbours_;
};

/// Chapter 1 .. 97 and heading (four digits) of a product.
std::uint32_t chapter_of(Product const& product) noexcept;
std::uint32_t heading_of(Product const& product) noexcept;

}  // namespace tarifa::kernels
