#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "kernels/mirror/country_pairs.hpp"
#include "kernels/mirror/flow_block.hpp"
#include "kernels/statistics/grouped_least_squares.hpp"

namespace tarifa::kernels
{

/// CIF/FOB ratio of a flow by regression on distance, contiguity, landlockedness, unit value and year: models
/// I to IV of BACI (Gaulier and Zignago, CEPII working paper 2010-23, equation 1; docs/methods/mirror.md).
/// Gives no interval.

enum class CifRatio : std::uint8_t
{
  of_unit_values,  ///< models I and II
  of_values,       ///< models III and IV
};

enum class CifWeight : std::uint8_t
{
  equal,               ///< models I and III
  quantity_agreement,  ///< models II and IV: smaller over larger of the two quantities
};

/// What a flow must keep to in an earlier fit to count in a later one; infinity: no such rule. With n
/// observations, p terms and years of that fit:
struct CifOutlierRules
{
  double most_studentised = 2;  ///< size of the externally studentised residual
  double most_cook = 4;         ///< Cook's distance x (n - p - 1)
  double most_leverage = 2;     ///< leverage x n / p: removes every observation of a rare dummy
};

struct BaciCifSettings
{
  CifRatio ratio = CifRatio::of_unit_values;
  CifWeight weight = CifWeight::quantity_agreement;
  double least_value = 10;  ///< both reports must be above, in the currency of the flows (USD in the paper)
  double least_kg = 2000;   ///< both net weights must be above
  std::int32_t first_year = 1989;
  std::int32_t years = 16;
  CifOutlierRules outliers;
};

/// Model 1 to 4 of the paper, with years of the caller.
BaciCifSettings baci_cif_model(int model, std::int32_t first_year, std::int32_t years);

/// Terms of the model, beside one intercept for each year. D: distance in km.
enum class CifTerm : std::uint8_t
{
  log_distance,
  log_distance_squared,
  log_unit_value,  ///< world median of the exporters' unit values of the product, currency per kg
  contiguous,
  landlocked_importer,
  landlocked_exporter,
};

inline constexpr std::size_t cif_terms = 6;

/// Turns flows into observations of the regression. The pairs must outlive it.
class BaciCifDesign
{
 public:
  struct Observation
  {
    std::array<double, cif_terms> x = {};
    std::size_t year = 0;  ///< since the first
    double log_ratio = 0, weight = 1;
  };

  /// `world_unit_value` [products] currency per kg; NaN or not above 0: not known.
  BaciCifDesign(BaciCifSettings const& settings, CountryPairs const& pairs,
                std::span<double const> world_unit_value);

  BaciCifSettings const& settings() const noexcept { return settings_; }
  /// Terms and year of a flow, whatever was reported of it. None: a term is not known, or a year not meant.
  std::optional<Observation> terms(FlowBlock const& block, std::size_t row) const;
  /// The flow as an observation. None: also where it is not in the sample.
  std::optional<Observation> observation(FlowBlock const& block, std::size_t row) const;

 private:
  BaciCifSettings settings_;
  CountryPairs const* pairs_;
  std::vector<double> log_unit_value_;
};

/// True when an observation keeps to the rules in an earlier fit.
bool is_inlier(BaciCifDesign::Observation const& seen, GroupedFit const& fit, CifOutlierRules const& rules);

/// Sums of one step of the regression. Add all blocks and fit(); then, with the fits so far as `before`, once
/// more into new sums: BACI makes two steps.
class BaciCifSums
{
 public:
  explicit BaciCifSums(BaciCifSettings const& settings);

  void add(BaciCifDesign const& design, FlowBlock const& block, std::span<GroupedFit const> before = {});
  void add(BaciCifSums const& other) { sums_.add(other.sums_); }
  std::vector<std::int64_t> to_digits() const { return sums_.to_digits(); }
  void set_digits(std::span<std::int64_t const> digits) { sums_.set_digits(digits); }
  /// Throws std::domain_error when there are too few observations.
  GroupedFit fit() const { return sums_.fit(); }

 private:
  GroupedLeastSquares sums_;
};

/// Fitted CIF/FOB ratio of each flow, also of those outside the sample; NaN where a term is not known. A year
/// without observations takes the mean of the years. `ratio` [block.size()].
void fill_cif_ratio(BaciCifDesign const& design, GroupedFit const& fit, FlowBlock const& block,
                    std::span<double> ratio);

/// At which place a country values its imports.
enum class ImportBasis : std::uint8_t
{
  cif,
  fob,  ///< ratio 1 (in the paper Algeria, Georgia and the Southern African Customs Union)
  fas,  ///< free alongside ship (in the paper Canada): divided only where that narrows the gap
};

struct FobRules
{
  double least_ratio = 1;  ///< a smaller ratio is taken as this one; 0: as fitted
};

/// Ratio by which the import value of a flow is divided. Where the exporter reported nothing an import FAS is
/// left alone, for there is no gap to narrow.
double applied_cif_ratio(double fitted, ImportBasis basis, double exported, double imported,
                         FobRules const& rules);

}  // namespace tarifa::kernels
