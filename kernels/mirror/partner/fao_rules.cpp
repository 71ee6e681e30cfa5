#include "kernels/mirror/partner/fao_rules.hpp"

#include <cmath>
#include <limits>

namespace tarifa::kernels
{
namespace
{

bool is_discrepant(double ratio, double threshold)
{
  return ratio < 1 / threshold || ratio > threshold;
}

FaoChoice exporter_by(FaoRule rule)
{
  return {rule, true, false};
}

FaoChoice importer_by(FaoRule rule)
{
  return {rule, false, true};
}

bool flag(std::span<std::uint8_t const> flags, std::size_t flow)
{
  return flags.empty() || flags[flow] != 0;
}

}  // namespace

FaoChoice fao_choice(FaoReports const& reports, double threshold)
{
  bool const exported = !std::isnan(reports.exported), imported = !std::isnan(reports.imported);
  if (!exported || !imported)
  {
    return {exported || imported ? FaoRule::only_partner : FaoRule::none, exported, imported};
  }
  if (!is_discrepant(reports.ratio, threshold))
  {
    return {FaoRule::not_discrepant, true, true};
  }
  if (reports.exporter_group != reports.importer_group)
  {
    return reports.exporter_group < reports.importer_group ? exporter_by(FaoRule::exporter_better)
                                                           : importer_by(FaoRule::importer_better);
  }
  if (reports.exporter_official == reports.importer_official)
  {
    return importer_by(reports.exporter_official ? FaoRule::both_official : FaoRule::none_official);
  }
  return reports.exporter_official ? exporter_by(FaoRule::exporter_official)
                                   : importer_by(FaoRule::importer_official);
}

double fao_smoothed_ratio(double before, double year, double after)
{
  if (std::isnan(year))
  {
    return year;
  }
  double sum = 0, count = 0;
  for (double const ratio : {before, year, after})
  {
    sum += std::isnan(ratio) ? 0 : ratio;
    count += std::isnan(ratio) ? 0 : 1;
  }
  return sum / count;
}

void apply_fao_rules(FlowBlock const& block, FaoSides const& sides, FaoSettings const& settings,
                     std::span<FaoFlow> flows)
{
  double const r = settings.cif_fob_ratio;
  for (std::size_t flow = 0; flow < block.size(); ++flow)
  {
    double const exported_kg = block.exported_kg[flow], imported_kg = block.imported_kg[flow];
    double const exported = block.exported[flow], imported = block.imported[flow];
    FaoReports reports{exported_kg,
                       imported_kg,
                       sides.smoothed_ratio.empty() ? exported_kg / imported_kg : sides.smoothed_ratio[flow],
                       sides.group[static_cast<std::size_t>(block.exporter[flow])],
                       sides.group[static_cast<std::size_t>(block.importer[flow])],
                       flag(sides.exporter_official, flow),
                       flag(sides.importer_official, flow)};
    FaoFlow result;
    result.quantity = fao_choice(reports, settings.threshold);
    result.value = result.quantity;
    bool const agrees = result.quantity.takes_exporter == result.quantity.takes_importer;
    bool const missing =
        (result.quantity.takes_exporter && !result.quantity.takes_importer && std::isnan(exported))
        || (result.quantity.takes_importer && !result.quantity.takes_exporter && std::isnan(imported));
    if (agrees || missing)
    {
      reports.exported = exported;
      reports.imported = imported / r;
      reports.ratio = exported / reports.imported;
      result.value = fao_choice(reports, settings.threshold);
    }
    result.exported_kg = result.quantity.takes_exporter ? exported_kg : imported_kg;
    result.imported_kg = result.quantity.takes_importer ? imported_kg : exported_kg;
    result.exported = result.value.takes_exporter ? exported : imported / r;
    result.imported = result.value.takes_importer ? imported : exported * r;
    flows[flow] = result;
  }
}

}  // namespace tarifa::kernels
