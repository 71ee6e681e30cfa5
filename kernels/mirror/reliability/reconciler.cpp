#include <cmath>
#include <limits>

#include "kernels/mirror/reliability/reliability.hpp"
#include "kernels/statistics/portable_math.hpp"
#include "kernels/statistics/student.hpp"

namespace tarifa::kernels
{

Reconciler::Reconciler(ReliabilityModel const& model, double share)
    : bias_(model.bias)
    , degrees_of_freedom_(model.degrees_of_freedom)
    , quantile_one_side_(student_quantile((1 + share) / 2, model.degrees_of_freedom))
    , quantile_both_(student_quantile((1 + share) / 2, model.degrees_of_freedom + 1))
{
  for (std::size_t country = 0; country < model.countries(); ++country)
  {
    exporter_variance_.push_back(portable_exp(model.exporter_log_variance[country]));
    importer_variance_.push_back(portable_exp(model.importer_log_variance[country]));
  }
}

ReconciledFlow Reconciler::reconcile(std::int32_t exporter, std::int32_t importer, double exported,
                                     double imported_fob) const
{
  double const s = exporter_variance_[static_cast<std::size_t>(exporter)];
  double const t = importer_variance_[static_cast<std::size_t>(importer)];
  bool const has_x = exported > 0, has_f = imported_fob > 0;
  ReconciledFlow flow;
  if (!has_x && !has_f)
  {
    flow.value = flow.unbiased = flow.low = flow.high = flow.exporter_weight =
        std::numeric_limits<double>::quiet_NaN();
    return flow;
  }
  flow.exporter_weight = has_x && has_f ? t / (s + t) : (has_x ? 1 : 0);
  double variance = has_x ? s : t;
  double quantile = quantile_one_side_, log_factor = 0;
  double const from = has_x ? exported : imported_fob;
  if (has_x && has_f)
  {
    double const gap = portable_log(exported / imported_fob);
    variance = s * t / (s + t);
    log_factor = (flow.exporter_weight - 1) * gap;
    quantile = quantile_both_;
    if (std::isfinite(degrees_of_freedom_))
    {
      // The gap tells how far out in the tails this flow is: X and F are jointly Student's t about the truth.
      double const squared = (gap - bias_) * (gap - bias_) / (s + t);
      quantile *= std::sqrt((degrees_of_freedom_ + squared) / (degrees_of_freedom_ + 1));
    }
  }
  double const half_width = quantile * std::sqrt(variance);
  flow.value = from * portable_exp(log_factor);
  // The mean of a log-normal estimate lies half its variance above its median.
  flow.unbiased = flow.value * portable_exp(-variance / 2);
  flow.low = flow.value * portable_exp(-half_width);
  flow.high = flow.value * portable_exp(half_width);
  return flow;
}

}  // namespace tarifa::kernels
