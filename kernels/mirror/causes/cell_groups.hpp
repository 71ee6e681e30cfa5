#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/mirror/causes/gap_parts.hpp"

namespace tarifa::kernels
{

/// What the cells of a group have in common.
enum class CellOrder : std::uint8_t
{
  importer_product_period,
  exporter_product_period,
  pair_period_heading,
  pair_period_chapter,
  pair_period_family,
};

/// Places of cells in groups; groups and the cells in them are in the order of their keys, whatever the
/// order of the columns. Countries below 512, products below 2^20, periods below 2^18.
class CellGroups
{
 public:
  CellGroups(GapCells const& cells, CellOrder order)
  {
    std::vector<Place> places(cells.size());
    for (std::size_t cell = 0; cell < cells.size(); ++cell)
    {
      places[cell] = {key_of(cells, order, cell), static_cast<std::uint64_t>(cells.product[cell]), cell};
    }
    auto const before = [](Place const& a, Place const& b)
    { return a.group != b.group ? a.group < b.group : a.member < b.member; };
    if (order == CellOrder::importer_product_period)
    {
      set_members(places, cells.exporter);
    }
    else if (order == CellOrder::exporter_product_period)
    {
      set_members(places, cells.importer);
    }
    std::sort(places.begin(), places.end(), before);
    cell_.reserve(places.size());
    for (std::size_t i = 0; i < places.size(); ++i)
    {
      if (i == 0 || places[i].group != places[i - 1].group)
      {
        first_.push_back(i);
      }
      cell_.push_back(places[i].cell);
    }
    first_.push_back(places.size());
  }

  /// Calls visit(places of the cells of one group).
  template <class Visit>
  void for_each(Visit const& visit) const
  {
    for (std::size_t i = 0; i + 1 < first_.size(); ++i)
    {
      visit(std::span(cell_).subspan(first_[i], first_[i + 1] - first_[i]));
    }
  }

 private:
  struct Place
  {
    std::uint64_t group, member;
    std::size_t cell;
  };

  static void set_members(std::vector<Place>& places, std::span<std::int32_t const> member)
  {
    for (Place& place : places)
    {
      place.member = static_cast<std::uint64_t>(member[place.cell]);
    }
  }

  static std::uint64_t key_of(GapCells const& cells, CellOrder order, std::size_t cell)
  {
    auto const exporter = static_cast<std::uint64_t>(cells.exporter[cell]);
    auto const importer = static_cast<std::uint64_t>(cells.importer[cell]);
    auto const product = static_cast<std::uint64_t>(cells.product[cell]);
    auto const period = static_cast<std::uint64_t>(cells.period[cell]);
    std::uint64_t const pair_period = ((exporter << 9 | importer) << 18 | period) << 20;
    switch (order)
    {
      case CellOrder::importer_product_period:
        return (importer << 20 | product) << 18 | period;
      case CellOrder::exporter_product_period:
        return (exporter << 20 | product) << 18 | period;
      case CellOrder::pair_period_heading:
        return pair_period | product / 100;
      case CellOrder::pair_period_chapter:
        return pair_period | product / 10'000;
      case CellOrder::pair_period_family:
        break;
    }
    return pair_period | static_cast<std::uint64_t>(cells.family[cell] + 1);
  }

  std::vector<std::size_t> cell_, first_;
};

}  // namespace tarifa::kernels
