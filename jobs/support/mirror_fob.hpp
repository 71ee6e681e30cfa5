#pragma once

#include <string>
#include <vector>

#include "jobs/support/cell_blocks.hpp"
#include "kernels/mirror/cell_figures.hpp"
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
};

struct FobSettings
{
  FobMethod method = FobMethod::flat;
  double flat_ratio = 1.10;
  std::vector<std::string> fob_importers, fas_importers;

  void declare(Options& options);
  bool needs_geography() const noexcept { return method != FobMethod::flat; }
};

/// A coefficient of the model that was fitted, or a figure about it.
struct FreightTerm
{
  std::string name;
  double estimate, standard_error;
};

/// Figures at FOB of the cells of this rank, and the model they come from.
struct FobFigures
{
  std::vector<kernels::CellFigures> of_range;  ///< as the cells
  std::vector<FreightTerm> model;              ///< empty: a flat ratio
  std::int64_t observations = 0;               ///< flows the model was fitted to
  std::int64_t fallback_cells =
      0;  ///< cells with imports, on all ranks, that took the flat ratio for want of a term
};

/// [all] `pairs` is not looked at by the flat method. Error(data) where the model cannot be fitted.
FobFigures bring_to_fob(Run const& run, FobSettings const& settings, TradeFlows const& flows,
                        CellBlocks const& blocks, std::vector<kernels::MirrorCells> const& cells,
                        kernels::CountryPairs const& pairs);

/// [all] Table `freight`: the fitted model; none for a flat ratio.
void write_freight(Run const& run, ResultFile& result, FobFigures const& figures);

}  // namespace tarifa::jobs
