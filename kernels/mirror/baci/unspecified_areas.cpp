#include "kernels/mirror/baci/unspecified_areas.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/statistics/exact_sum.hpp"

namespace tarifa::kernels
{

UnspecifiedExports reallocate_unspecified(double unspecified, std::span<double const> exported,
                                          std::span<double const> imported_fob, ImporterOnly importer_only,
                                          std::span<double> added)
{
  // NaN comparisons are false: a flow without an import lacks nothing.
  auto const lacking = [&](std::size_t partner)
  {
    double const known = std::isnan(exported[partner]) ? 0 : exported[partner];
    return imported_fob[partner] > known ? imported_fob[partner] - known : 0;
  };
  ExactSum two_sided, one_sided;
  for (std::size_t partner = 0; partner < added.size(); ++partner)
  {
    (std::isnan(exported[partner]) ? one_sided : two_sided).add(lacking(partner));
  }
  double const lacking_two = two_sided.value();
  double const lacking_one = importer_only == ImporterOnly::never ? 0 : one_sided.value();
  double const whole = std::max(unspecified, 0.0);  // NaN counts as nothing
  double share_two = 0, share_one = 0;              // of what is lacked that is filled
  if (importer_only == ImporterOnly::together)
  {
    double const lacked = lacking_two + lacking_one;
    share_two = share_one = lacked > 0 ? std::min(whole / lacked, 1.0) : 0;
  }
  else
  {
    share_two = lacking_two > 0 ? std::min(whole / lacking_two, 1.0) : 0;
    double const rest = std::max(whole - lacking_two, 0.0);
    share_one = lacking_one > 0 ? std::min(rest / lacking_one, 1.0) : 0;
  }
  for (std::size_t partner = 0; partner < added.size(); ++partner)
  {
    added[partner] = lacking(partner) * (std::isnan(exported[partner]) ? share_one : share_two);
  }
  UnspecifiedExports result{lacking_two * share_two, lacking_one * share_one, 0};
  result.left = std::max(whole - (result.to_two_sided + result.to_importer_only), 0.0);
  return result;
}

}  // namespace tarifa::kernels
