#include "kernels/mirror/baci/baci_reconciliation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "kernels/statistics/portable_math.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr double not_known = std::numeric_limits<double>::quiet_NaN();

std::vector<double> sigmas(ReporterDistances const& reporters, BaciReliabilitySettings const& settings)
{
  double least = std::numeric_limits<double>::infinity();
  for (double const mean : reporters.mean)
  {
    least = std::isnan(mean) ? least : std::min(least, mean);
  }
  auto const& errors =
      settings.error == StandardError::of_effect ? reporters.error_of_effect : reporters.error_of_mean;
  std::vector<double> result(reporters.mean.size(), not_known);
  for (std::size_t country = 0; country < result.size(); ++country)
  {
    double const sigma = std::numbers::pi / 2
                         * (reporters.mean[country] - least - settings.errors_taken_off * errors[country]);
    result[country] = settings.floor == SigmaFloor::zero && sigma < 0 ? 0 : sigma;
  }
  return result;
}

/// Lower median of those that are known; 0 where none is.
double median(std::vector<double> values)
{
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty())
  {
    return 0;
  }
  auto const middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// ln(e^v (e^v - 1)), v >= 0: the variance of a log-normal error, relative.
double log_variance(double v)
{
  // 1 - e^-v loses digits near 0; its series has lost none after 20 terms below one half.
  double less = 1 - portable_exp(-v);
  if (v < 0.5)
  {
    less = 0;
    for (int term = 20; term > 0; --term)
    {
      less = v / term * (1 - less);
    }
  }
  return 2 * v + portable_log(less);
}

}  // namespace

double BaciReliability::exporter_weight(std::size_t exporter, std::size_t importer) const
{
  double const from = exporter_sigma[exporter], to = importer_sigma[importer];
  double const s_i = std::isnan(from) ? typical_exporter : from;
  double const s_j = std::isnan(to) ? typical_importer : to;
  // Both errors without variance: neither side is the better one.
  if (s_i == 0 && s_j == 0)
  {
    return 0.5;
  }
  return 1 / (1 + portable_exp(log_variance(s_i * s_i) - log_variance(s_j * s_j)));
}

BaciReliability baci_reliability(ReportingDistanceFit const& fit, BaciReliabilitySettings const& settings)
{
  BaciReliability reliability;
  reliability.exporter_sigma = sigmas(fit.exporters, settings);
  reliability.importer_sigma = sigmas(fit.importers, settings);
  reliability.typical_exporter = median(reliability.exporter_sigma);
  reliability.typical_importer = median(reliability.importer_sigma);
  return reliability;
}

void reconcile_baci(BaciReliability const& reliability, Measure measure, FlowBlock const& block,
                    std::span<double const> cif_ratio, std::span<double> weight, std::span<double> reconciled)
{
  for (std::size_t row = 0; row < block.size(); ++row)
  {
    auto const [exported, imported] = compared_reports(measure, block, cif_ratio, row);
    bool const exporter_speaks = !std::isnan(exported), importer_speaks = !std::isnan(imported);
    weight[row] = !exporter_speaks ? (importer_speaks ? 0 : not_known)
                  : importer_speaks
                      ? reliability.exporter_weight(static_cast<std::size_t>(block.exporter[row]),
                                                    static_cast<std::size_t>(block.importer[row]))
                      : 1;
    reconciled[row] = !exporter_speaks   ? imported
                      : !importer_speaks ? exported
                                         : weight[row] * exported + (1 - weight[row]) * imported;
  }
}

}  // namespace tarifa::kernels
