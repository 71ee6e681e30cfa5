#pragma once

#include <string>
#include <vector>

#include "jobs/support/mirror/cell_blocks.hpp"
#include "jobs/support/mirror/fob_figures.hpp"
#include "kernels/mirror/country_pairs.hpp"
#include "pipeline/result/result_file.hpp"
#include "pipeline/run/options.hpp"

namespace tarifa::jobs
{

/// How import values are brought to FOB (docs/methods/mirror.md).
enum class FobMethod : std::uint8_t
{
  flat,    ///< one ratio for all
  baci_1,  ///< regression models I to IV of BACI
  baci_2,
  baci_3,
  baci_4,
  freight,  ///< tarifa's freight model, learnt from importers that report CIF and FOB values
};

struct FobSettings
{
  FobMethod method = FobMethod::flat;
  double flat_ratio = 1.10;
  std::vector<std::string> fob_importers, fas_importers;

  void declare(Options& options);
  bool needs_geography() const noexcept { return method != FobMethod::flat; }
  bool learns_from_valuation() const noexcept { return method == FobMethod::freight; }
};

/// [all] `pairs` is not looked at by the flat method. Error(data) where the model cannot be fitted.
FobFigures bring_to_fob(Run const& run, FobSettings const& settings, int hs_digits, TradeFlows const& flows,
                        CellBlocks const& blocks, std::vector<kernels::MirrorCells> const& cells,
                        kernels::CountryPairs const& pairs);

/// [all] Table `freight`: the fitted model; none for a flat ratio.
void write_freight(Run const& run, ResultFile& result, FobFigures const& figures);

}  // namespace tarifa::jobs
