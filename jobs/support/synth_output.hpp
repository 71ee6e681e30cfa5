#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/support/synth_settings.hpp"
#include "jobs/support/synth_truth.hpp"
#include "kernels/synth/world.hpp"
#include "pipeline/run/job.hpp"
#include "pipeline/run/text_files.hpp"

namespace tarifa::jobs
{

/// What every output of one run is made from.
struct SynthRun
{
  Run& run;
  SynthSettings const& settings;
  kernels::World const& world;
  TextFiles& files;
  TruthFiles& truths;
};

/// One table of the synthetic world: one file of jobs/support, one line in jobs/synth.cpp.
///
/// A table is made in pieces, one for each calendar year, which depend on (settings, seed, year) alone: they
/// may be made by different runs, in any order, and are the same bytes as when one run makes all. What has
/// no date, and what covers all years, belongs to the piece of the first year.
struct SynthOutput
{
  std::string_view name;                                       ///< for --synth.only
  std::string_view records;                                    ///< what its records are, in the plural
  void (*declare)(Options& options, SynthSettings& settings);  ///< its options, section [synth] is open
  void (*check)(SynthSettings const& settings);  ///< Error(usage) when settings do not go together
  std::vector<std::string> (*files)(SynthSettings const& settings, int year);  ///< of one piece
  /// [all] Writes one piece, to be published by the caller, and returns its records.
  std::int64_t (*write)(SynthRun const& synth, int year);
};

/// Error(usage) when a year has more declarations than there are numbers for.
void check_declarations(SynthSettings const& settings);

SynthOutput synth_reference();
SynthOutput synth_tariff();
SynthOutput synth_actors();
SynthOutput synth_declarations();
SynthOutput synth_dirty();
SynthOutput synth_refunds();
SynthOutput synth_invoices();
SynthOutput synth_trade();
SynthOutput synth_seizures();
SynthOutput synth_travel();
SynthOutput synth_journeys();

}  // namespace tarifa::jobs
