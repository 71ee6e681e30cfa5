#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tarifa::kernels
{

/// One row of a table of conversion weights: this share of the value under `from` belongs under `to`. Codes
/// are HS6 as numbers.
struct ConversionWeight
{
  std::int32_t from = 0, to = 0;
  double weight = 0;
};

/// A source code whose weights do not add up to 1.
struct UnevenCode
{
  std::int32_t code = 0;
  double sum = 0;  ///< 0: no weight above 0 at all
};

/// Converts values from one revision of the Harmonized System to another, or along a chain of revisions, so
/// that no unit is lost (docs/methods/mirror.md, revisions of the nomenclature).
///
/// Weights of each source code are scaled to add up to 1 and kept as whole numbers that add up to 10^12; a
/// value is split by the method of the largest remainder. So results are the same on any machine.
class Concordance
{
 public:
  /// One piece of a source code.
  struct Target
  {
    std::int32_t code = 0;
    std::int64_t weight = 0;  ///< of `units`
  };
  static constexpr std::int64_t units = 1'000'000'000'000;

  /// From a table of weights in any order. Rows of one pair of codes are added; weights that are not finite
  /// or negative throw std::invalid_argument. Weights that add up to 1 within `tolerance` are held to be
  /// even.
  explicit Concordance(std::span<ConversionWeight const> rows, double tolerance = 1e-6);

  /// Every code of `codes` to itself.
  static Concordance identity(std::span<std::int32_t const> codes);

  /// First this, then `next`. A code that `next` does not know keeps its number: it is listed by
  /// orphans_of_chain().
  Concordance then(Concordance const& next) const;

  /// Codes in ascending order.
  std::span<std::int32_t const> codes() const noexcept { return codes_; }
  /// Pieces of a code in ascending order, none of weight 0; empty: the code is an orphan.
  std::span<Target const> targets(std::int32_t code) const noexcept;

  /// What did not add up to 1 in the table, before it was scaled; codes without any weight become orphans.
  std::vector<UnevenCode> const& uneven() const noexcept { return uneven_; }
  /// Codes of this chain that were passed on unchanged since a later table does not know them.
  std::vector<std::int32_t> const& orphans_of_chain() const noexcept { return orphans_; }
  /// Those of `nomenclature` [ascending or not] that have no target.
  std::vector<std::int32_t> orphans(std::span<std::int32_t const> nomenclature) const;

  /// Number of the family of a code on the source side, -1 for an orphan. Codes are of one family when a
  /// chain of shared targets links them: within a family conversion may misplace value. Families of one
  /// source and one target code are families too.
  std::int32_t family_of_source(std::int32_t code) const noexcept;
  std::int32_t family_of_target(std::int32_t code) const noexcept;

  /// Splits `value` over the targets of `code`: parts in their order, adding up to `value` exactly. Empty
  /// for an orphan.
  std::vector<std::int64_t> split(std::int32_t code, std::int64_t value) const;

 private:
  Concordance() = default;
  void number_families();

  std::vector<std::int32_t> codes_;       ///< ascending
  std::vector<std::size_t> first_ = {0};  ///< [codes + 1] into target_
  std::vector<Target> target_;
  std::vector<UnevenCode> uneven_;
  std::vector<std::int32_t> orphans_;
  std::vector<std::int32_t> target_codes_;  ///< ascending
  std::vector<std::int32_t> source_family_,
      target_family_;  ///< [codes], [target codes]
};

/// Value that arrived under a code, and how sure its place is. Additive; exact.
struct ConvertedValue
{
  std::int64_t value = 0;
  std::int64_t split = 0;   ///< from source codes with several targets
  std::int64_t orphan = 0;  ///< passed on unchanged: the table does not know the code

  double split_share() const noexcept
  {
    return value == 0 ? 0 : static_cast<double>(split) / static_cast<double>(value);
  }
  friend bool operator==(ConvertedValue const&, ConvertedValue const&) = default;
};

/// Converted values by target code. Additive: values of one code are added, whatever shares and orders they
/// come in; splits are made per added value, so the values given to add() are what must be the same.
class ConvertedValues
{
 public:
  /// `concordance` must outlive this.
  explicit ConvertedValues(Concordance const& concordance);

  void add(std::int32_t code, std::int64_t value);
  void add(ConvertedValues const& other);

  /// Ascending: targets of the table, and codes that are passed on as orphans once they occur.
  std::span<std::int32_t const> codes() const noexcept { return codes_; }
  std::span<ConvertedValue const> values() const noexcept { return values_; }
  ConvertedValue total() const noexcept;

 private:
  ConvertedValue& at(std::int32_t code);

  Concordance const* concordance_;
  std::vector<std::int32_t> codes_;
  std::vector<ConvertedValue> values_;
};

}  // namespace tarifa::kernels
