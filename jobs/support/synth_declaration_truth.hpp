#pragma once

#include "kernels/synth/declaration_truth.hpp"
#include "pipeline/result/result_file.hpp"

namespace tarifa::jobs
{

/// [all] The table `declarations` of a truth file, one row for each row of declarations-YYYY.csv:
/// docs/methods/synthetic-declarations.md.
BlockTable lay_out_truth(ResultFile& file, std::int64_t rows);

/// Rows from `first` on; on any thread.
void write_truth(BlockTable const& table, std::int64_t first, kernels::DeclarationTruth const& truth);

}  // namespace tarifa::jobs
