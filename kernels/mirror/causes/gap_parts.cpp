#include "kernels/mirror/causes/gap_parts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "kernels/mirror/causes/cell_groups.hpp"
#include "kernels/statistics/apportion.hpp"

namespace tarifa::kernels
{
namespace
{

__extension__ using Wide = __int128;

/// Works through the parts; `left` is what they have not explained.
class Decomposition
{
 public:
  Decomposition(GapCells const& cells, std::span<std::uint8_t const> unspecified, GapSettings const& settings)
      : cells_(cells)
      , unspecified_(unspecified)
      , settings_(settings)
      , left_(cells.size())
  {
    for (std::vector<std::int64_t>& column : parts_.part)
    {
      column.assign(cells.size(), 0);
    }
  }

  GapParts run()
  {
    for (std::size_t cell = 0; cell < cells_.size(); ++cell)
    {
      left_[cell] = cells_.imported[cell] - cells_.exported[cell];
      take(GapPart::freight, cell, cells_.imported[cell] - cells_.imported_fob[cell]);
      take(GapPart::time_lag, cell, cells_.lag.empty() ? 0 : cells_.lag[cell]);
    }
    by_importer();
    by_exporter();
    by_pair();
    for (std::size_t cell = 0; cell < cells_.size(); ++cell)
    {
      quantity_and_price(cell);
    }
    return std::move(parts_);
  }

 private:
  void take(GapPart part, std::size_t cell, std::int64_t amount)
  {
    parts_[part][cell] += amount;
    left_[cell] -= amount;
  }

  /// Shares out up to `amount` over `open_` in proportion to it.
  void share_out(GapPart part, std::span<std::size_t const> group, std::int64_t amount, int sign)
  {
    pieces_.resize(group.size());
    apportion(amount, open_, pieces_);
    for (std::size_t i = 0; i < group.size(); ++i)
    {
      take(part, group[i], sign * pieces_[i]);
    }
  }

  /// Fills `open_` with open(cell) >= 0 for every cell of a group; the sum.
  template <class Open>
  std::int64_t collect(std::span<std::size_t const> group, Open const& open)
  {
    open_.resize(group.size());
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < group.size(); ++i)
    {
      open_[i] = std::max<std::int64_t>(open(group[i]), 0);
      sum += open_[i];
    }
    return sum;
  }

  /// Sets gaps above 0 off against those below: excess(cell) and shortfall(cell) say how much of a cell may
  /// take part.
  template <class Excess, class Shortfall>
  void offset(GapPart part, std::span<std::size_t const> group, Excess const& excess,
              Shortfall const& shortfall)
  {
    std::int64_t const short_by = collect(group, shortfall);
    std::int64_t const moved = std::min(short_by, collect(group, excess));
    if (moved > 0)
    {
      share_out(part, group, moved, 1);
      collect(group, shortfall);
      share_out(part, group, moved, -1);
    }
  }

  bool is_unspecified(std::int32_t country) const
  {
    return unspecified_[static_cast<std::size_t>(country)] != 0;
  }

  void re_exports(std::span<std::size_t const> group)
  {
    std::int64_t given = 0;
    for (std::size_t const cell : group)
    {
      std::int64_t const gives = std::max<std::int64_t>(std::min(-left_[cell], cells_.re_exported[cell]), 0);
      take(GapPart::re_exports, cell, -gives);
      given += gives;
    }
    if (given > 0)
    {
      std::int64_t const open = collect(
          group, [&](std::size_t cell) { return is_unspecified(cells_.exporter[cell]) ? 0 : left_[cell]; });
      share_out(GapPart::re_exports, group, std::min(given, open), 1);
    }
  }

  void by_importer()
  {
    CellGroups const groups(cells_, CellOrder::importer_product_period);
    groups.for_each(
        [&](std::span<std::size_t const> group)
        {
          if (!cells_.re_exported.empty())
          {
            re_exports(group);
          }
          // Origins not specified: the importer has more than any exporter told, the others less.
          offset(
              GapPart::unspecified, group,
              [&](std::size_t cell) { return is_unspecified(cells_.exporter[cell]) ? left_[cell] : 0; },
              [&](std::size_t cell) { return is_unspecified(cells_.exporter[cell]) ? 0 : -left_[cell]; });
        });
  }

  void by_exporter()
  {
    CellGroups const groups(cells_, CellOrder::exporter_product_period);
    groups.for_each(
        [&](std::span<std::size_t const> group)
        {
          offset(
              GapPart::unspecified, group,
              [&](std::size_t cell) { return is_unspecified(cells_.importer[cell]) ? 0 : left_[cell]; },
              [&](std::size_t cell) { return is_unspecified(cells_.importer[cell]) ? -left_[cell] : 0; });
        });
  }

  void offset_all(GapPart part, std::span<std::size_t const> group, OffsetRule rule)
  {
    if (rule == OffsetRule::none || group.size() < 2)
    {
      return;
    }
    bool const any = rule == OffsetRule::any;
    offset(
        part, group, [&](std::size_t cell) { return any || cells_.exported[cell] == 0 ? left_[cell] : 0; },
        [&](std::size_t cell) { return any || cells_.imported[cell] == 0 ? -left_[cell] : 0; });
  }

  void by_pair()
  {
    if (!cells_.family.empty())
    {
      CellGroups const families(cells_, CellOrder::pair_period_family);
      families.for_each(
          [&](std::span<std::size_t const> group)
          {
            if (cells_.family[group.front()] >= 0)
            {
              auto const limit = [&](std::size_t cell, std::int64_t gap)
              { return std::min(gap, cells_.split[cell]); };
              offset(
                  GapPart::concordance, group, [&](std::size_t cell) { return limit(cell, left_[cell]); },
                  [&](std::size_t cell) { return limit(cell, -left_[cell]); });
            }
          });
    }
    CellGroups const headings(cells_, CellOrder::pair_period_heading);
    headings.for_each([&](std::span<std::size_t const> group)
                      { offset_all(GapPart::heading, group, settings_.heading); });
    CellGroups const chapters(cells_, CellOrder::pair_period_chapter);
    chapters.for_each([&](std::span<std::size_t const> group)
                      { offset_all(GapPart::chapter, group, settings_.chapter); });
  }

  void quantity_and_price(std::size_t cell)
  {
    std::int64_t const gap = left_[cell], fob = cells_.imported_fob[cell], exported = cells_.exported[cell];
    if (gap == 0)
    {
      return;
    }
    if (fob == 0 || fob == gap)
    {
      take(GapPart::quantity, cell, gap);
      return;
    }
    double const missing = std::numeric_limits<double>::quiet_NaN();
    double const exported_kg = cells_.exported_kg.empty() ? missing : cells_.exported_kg[cell];
    double const imported_kg = cells_.imported_kg.empty() ? missing : cells_.imported_kg[cell];
    if (exported > 0 && fob > 0 && exported_kg > 0 && imported_kg > 0)
    {
      // Value of the importer's quantity at the exporter's unit value.
      double const value = static_cast<double>(exported) * (imported_kg / exported_kg);
      double const ratio = static_cast<double>(fob) / value;
      if (ratio <= settings_.most_unit_value_ratio && ratio * settings_.most_unit_value_ratio >= 1)
      {
        take(GapPart::quantity, cell, static_cast<std::int64_t>(std::nearbyint(value)) - (fob - gap));
        take(GapPart::price, cell, left_[cell]);
        return;
      }
    }
    take(GapPart::remainder, cell, gap);
  }

  GapCells const& cells_;
  std::span<std::uint8_t const> unspecified_;
  GapSettings settings_;
  std::vector<std::int64_t> left_;
  std::vector<std::int64_t> open_, pieces_;  ///< [cells of one group]
  GapParts parts_;
};

Wide product(Wide a, Wide b)
{
  Wide result = 0;
  if (__builtin_mul_overflow(a, b, &result))
  {
    throw std::overflow_error("duty gap: the sums of a group are too large");
  }
  return result;
}

/// Half to even; divisor > 0.
std::int64_t divided(Wide number, Wide divisor)
{
  Wide const size = number < 0 ? -number : number;
  Wide whole = size / divisor;
  Wide const rest = size - whole * divisor;
  whole += static_cast<Wide>(rest > divisor - rest || (rest == divisor - rest && (whole & 1) != 0));
  return static_cast<std::int64_t>(number < 0 ? -whole : whole);
}

}  // namespace

char const* name_of(GapPart part) noexcept
{
  constexpr std::array<char const*, gap_parts> names{
      "freight", "time_lag", "re_exports", "unspecified", "concordance",
      "heading", "chapter",  "quantity",   "price",       "remainder",
  };
  return names[static_cast<std::size_t>(part)];
}

GapParts take_apart(GapCells const& cells, std::span<std::uint8_t const> unspecified,
                    GapSettings const& settings)
{
  return Decomposition(cells, unspecified, settings).run();
}

bool GapTotals::add(GapTotals const& other) noexcept
{
  bool fits = !__builtin_add_overflow(cells, other.cells, &cells);
  fits &= !__builtin_add_overflow(imported, other.imported, &imported);
  fits &= !__builtin_add_overflow(exported, other.exported, &exported);
  fits &= !__builtin_add_overflow(gap, other.gap, &gap);
  for (std::size_t i = 0; i < gap_parts; ++i)
  {
    fits &= !__builtin_add_overflow(part[i], other.part[i], &part[i]);
  }
  return fits;
}

GapTotals totals_of(GapCells const& cells, GapParts const& parts, std::size_t cell)
{
  GapTotals totals{1, cells.imported[cell], cells.exported[cell],
                   cells.imported[cell] - cells.exported[cell]};
  for (std::size_t i = 0; i < gap_parts; ++i)
  {
    totals.part[i] = parts.part[i][cell];
  }
  return totals;
}

DutyGap duty_gap(std::span<std::int64_t const> exported, std::span<std::int64_t const> imported_fob,
                 std::span<std::int64_t const> rate_ppm, double exported_kg, double imported_kg)
{
  constexpr Wide million = 1'000'000;
  Wide sum_x = 0, sum_f = 0, duty_x = 0, duty_f = 0;
  for (std::size_t i = 0; i < exported.size(); ++i)
  {
    sum_x += exported[i];
    sum_f += imported_fob[i];
    duty_x += product(exported[i], rate_ppm[i]);
    duty_f += product(imported_fob[i], rate_ppm[i]);
  }
  DutyGap gap;
  gap.total = divided(duty_x - duty_f, million);
  if (sum_x > 0)
  {
    std::int64_t const level = divided(product(sum_x - sum_f, duty_x), product(sum_x, million));
    if (exported_kg > 0 && imported_kg > 0)
    {
      double const lost = static_cast<double>(sum_x) * (1 - imported_kg / exported_kg);
      double const rate = static_cast<double>(duty_x) / static_cast<double>(sum_x) / 1e6;
      gap.quantity = static_cast<std::int64_t>(std::nearbyint(lost * rate));
    }
    gap.price = level - gap.quantity;
  }
  else
  {
    gap.quantity = gap.total;
  }
  gap.classification = gap.total - gap.level();
  return gap;
}

}  // namespace tarifa::kernels
