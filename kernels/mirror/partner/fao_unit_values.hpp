#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "kernels/mirror/flow_block.hpp"
#include "kernels/statistics/order_statistics.hpp"

namespace tarifa::kernels
{

/// Unit values after FAO (SWS-Methodology/faoswsTrade): a median for every report from the narrowest group
/// that has enough of them, outliers, and weights estimated by it. docs/methods/mirror.md. No interval.
struct FaoUnitValueSettings
{
  /// [levels][products] code of each product at levels from fine to coarse, each from 0: national line, HS8,
  /// HS6, commodity. Products are the finest that the flows have.
  std::vector<std::vector<std::int32_t>> levels;
  std::int64_t more_than = 10;  ///< reports in a group of one reporter
  double most_ratio = 100;      ///< unit value over median, either way; infinite: no such outliers
  double box_length = 1.5;      ///< of log unit values, in lengths of the box; 0: no such outliers
};

/// Sides of a flow.
enum class FaoRole : std::uint8_t
{
  exporter = 0,
  importer = 1,
};

/// One report of one flow.
struct FaoUnitValue
{
  double unit_value = std::numeric_limits<double>::quiet_NaN();  ///< value / kg; NaN: without one of them
  double median = std::numeric_limits<double>::quiet_NaN();
  /// Place in the cascade: levels of the reporter, fine to coarse, then those of the world, then everything
  /// the reporter reports in this role; -1: nothing known.
  int level = -1;
  bool beyond_ratio = false, beyond_box = false;         ///< outlier
  double kg = std::numeric_limits<double>::quiet_NaN();  ///< as reported, or value / median
  bool kg_is_estimate = false;                           ///< there was none, or the report is an outlier
};

/// Medians and boxes of one period, by walks over all flows:
///
///   while (!values.is_found()) { add every block; (add others, or digits over ranks); values.narrow(); }
///
/// Only counts are added, so that order and sharing do not matter. Memory: 28 bytes for each of 2 x countries
/// x codes of every level and once more of the finest, and 256 (boxes: 512) for each group that is searched;
/// for 300 countries and 6,000 products at two levels some 400 MB, so one copy a rank is meant.
class FaoUnitValues
{
 public:
  FaoUnitValues(std::size_t countries, std::int32_t period, FaoUnitValueSettings settings);

  bool is_found() const noexcept { return orders_.front().is_found(); }
  void add(FlowBlock const& block);
  void add(FaoUnitValues const& other);
  std::vector<std::int64_t> to_digits() const;
  void set_digits(std::span<std::int64_t const> digits);
  void narrow();

  /// [block.size()] of one side; defaults where it does not report or in another period.
  void apply(FlowBlock const& block, FaoRole role, std::span<FaoUnitValue> values) const;

 private:
  std::size_t levels() const noexcept { return settings_.levels.size(); }
  /// Group of a report in orders_[which].
  std::size_t group(std::size_t which, FaoRole role, std::int32_t reporter,
                    std::int32_t product) const noexcept;
  FaoUnitValue look_up(FaoRole role, std::int32_t reporter, std::int32_t product, double value,
                       double kg) const;

  std::size_t countries_;
  std::int32_t period_;
  FaoUnitValueSettings settings_;
  std::vector<std::size_t> codes_;  ///< [levels] how many
  /// Levels of the reporter, levels of the world, the reporter; last the boxes of the finest level.
  std::vector<GroupedOrder> orders_;
};

/// Outlier in time (FAO, validation of trade): a unit value outside a quarter to four times the mean of the
/// five years before, or that falls by more than a half or more than doubles from the year before; only where
/// the mean weight of those years is above 1,000 t. Years that are NaN do not count. Both columns hold up to
/// five years, the last one the year before.
bool is_fao_time_outlier(double unit_value, std::span<double const> unit_values_before,
                         std::span<double const> kg_before);

}  // namespace tarifa::kernels
