#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tarifa::kernels
{

/// Exact medians and hinges of many groups of numbers without sorting or gathering them: the numbers are
/// walked over 17 times, and each time only counts are added over blocks and ranks (selection by radix, four
/// bits at a time). The same bits for any order and sharing.
///
///   GroupedOrder order(groups, {Depth::median});
///   while (!order.is_found())
///   {
///     for every number: order.count(group, number);
///     (add others, or digits over ranks)
///     order.narrow();
///   }
class GroupedOrder
{
 public:
  /// Depths of Tukey (Exploratory Data Analysis, 1977): the median, and the medians of the lower and of the
  /// upper half, the median being in both. A depth between two numbers is their mean.
  enum class Depth : std::uint8_t
  {
    lower_hinge,
    median,
    upper_hinge,
  };

  /// Groups of fewer than `least_rows` are not searched; a row whose number is NaN is a row.
  GroupedOrder(std::size_t groups, std::vector<Depth> depths, std::int64_t least_rows = 1);

  bool is_found() const noexcept { return pass_ > passes; }
  /// NaN: a row without a number.
  void count(std::size_t group, double number) noexcept;
  void add(GroupedOrder const& other);
  std::vector<std::int64_t> const& to_digits() const noexcept { return counts_; }
  void set_digits(std::span<std::int64_t const> digits);
  /// Ends a pass, when all numbers have been counted.
  void narrow();

  std::int64_t numbers(std::size_t group) const noexcept
  {
    return numbers_[group];
  }  ///< after the first pass
  /// NaN for a group without numbers.
  double value(std::size_t group, Depth depth) const;

 private:
  static constexpr int passes = 16;

  /// One number that is searched for: its rank among those with the same bits so far.
  struct Search
  {
    std::uint64_t bits = 0;
    std::int64_t rank = 0;
  };
  std::size_t searches() const noexcept { return 2 * depths_.size(); }
  int shift() const noexcept { return 64 - 4 * pass_; }

  std::vector<Depth> depths_;
  std::int64_t least_rows_;
  int pass_ = 0;  ///< 0: counts rows and numbers; then one for each four bits
  std::vector<std::int64_t> numbers_;
  std::vector<std::int32_t> slot_;  ///< [groups] among those searched, or -1
  std::vector<Search> search_;      ///< [searched groups x searches]
  /// Of this pass: [groups] rows, [groups] numbers; then [searched groups x searches x 16].
  std::vector<std::int64_t> counts_;
};

}  // namespace tarifa::kernels
