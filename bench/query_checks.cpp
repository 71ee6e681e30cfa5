#include <cstdlib>

#include "bench/queries.hpp"

namespace tarifa::bench
{
namespace
{

/// HS6 is this field of the key of the group-bys.
constexpr std::size_t group_hs = 2;

}  // namespace

Queries::Json Queries::check_sum() const
{
  return {{"n_rows", table_->rows()}, {"sum_value", unscaled(sum_, table_->column(0).schema.scale)}};
}

Queries::Json Queries::check_group_basic() const
{
  Int128 rows = 0, sum = 0, least = 0, most = 0, mix = 0;
  for (int r = 0; r < totals_.ranges(); ++r)
  {
    auto const& range = totals_.range(r);
    for (std::size_t g = 0; g < range.key.size(); ++g)
    {
      rows += range.count[g];
      sum += range.sum[0][g];
      least += range.least[0][g];
      most += range.most[0][g];
      mix += static_cast<Int128>(range.sum[0][g]) * (keys_->unpack(group_hs, range.key[g]) % 97);
    }
  }
  int const scale = table_->column(4).schema.scale;
  return {{"n_groups", totals_.groups()},      {"n_rows", static_cast<std::int64_t>(rows)},
          {"sum_value", unscaled(sum, scale)}, {"sum_min", unscaled(least, scale)},
          {"sum_max", unscaled(most, scale)},  {"mix_value", unscaled(mix, scale)}};
}

Queries::Json Queries::check_group_median() const
{
  Int128 rows = 0, sum = 0, least = 0, most = 0, mix = 0;
  std::int64_t count = 0;
  double medians = 0, mixed_medians = 0;
  for (auto const& range : medians_)
  {
    for (WithMedian const& group : range)
    {
      std::int64_t const weight = keys_->unpack(group_hs, group.key) % 97;
      ++count;
      rows += group.count;
      sum += group.sum;
      least += group.least;
      most += group.most;
      mix += static_cast<Int128>(group.sum) * weight;
      medians += group.median;
      mixed_medians += group.median * static_cast<double>(weight);
    }
  }
  int const scale = table_->column(4).schema.scale;
  double const unit = unscaled(1, scale);
  return {{"n_groups", count},
          {"n_rows", static_cast<std::int64_t>(rows)},
          {"sum_value", unscaled(sum, scale)},
          {"sum_min", unscaled(least, scale)},
          {"sum_max", unscaled(most, scale)},
          {"mix_value", unscaled(mix, scale)},
          {"sum_median", medians * unit},
          {"mix_median", mixed_medians * unit}};
}

Queries::Json Queries::check_quartiles() const
{
  std::int64_t count = 0, rows = 0;
  double q1 = 0, q2 = 0, q3 = 0, mad = 0, mix_q2 = 0, mix_mad = 0;
  for (auto const& range : quartiles_)
  {
    for (WithQuartiles const& group : range)
    {
      auto const weight = static_cast<double>(keys_->unpack(0, group.key) % 97);
      ++count;
      rows += group.count;
      q1 += group.q1;
      q2 += group.q2;
      q3 += group.q3;
      mad += group.mad;
      mix_q2 += weight * group.q2;
      mix_mad += weight * group.mad;
    }
  }
  return {{"n_groups", count}, {"n_rows", rows}, {"sum_q1", q1},     {"sum_q2", q2},
          {"sum_q3", q3},      {"sum_mad", mad}, {"mix_q2", mix_q2}, {"mix_mad", mix_mad}};
}

Queries::Json Queries::check_mirror() const
{
  std::int64_t rows = 0, both = 0, imported = 0, exported = 0;
  Int128 cif = 0, fob = 0, gap = 0, absolute = 0, mix = 0;
  for (std::size_t range = 0; range < cells_.size(); ++range)
  {
    kernels::MirrorCells const& cells = cells_[range];
    kernels::CellFigures const& figures = figures_[range];
    for (std::size_t i = 0; i < cells.size(); ++i)
    {
      bool const is_both = cells.import_records[i] > 0 && cells.export_records[i] > 0;
      ++rows;
      both += is_both ? 1 : 0;
      imported += cells.import_records[i] > 0 ? 1 : 0;
      exported += cells.export_records[i] > 0 ? 1 : 0;
      cif += cells.import_value[i];
      fob += cells.export_value[i];
      if (is_both)
      {
        std::int64_t const size = std::abs(figures.asymmetry[i]);
        gap += figures.asymmetry[i];
        absolute += size;
        mix += static_cast<Int128>(size) * (flows_->hs(cells.key[i]) % 97);
      }
    }
  }
  int const scale = table_->column(5).schema.scale;
  return {{"n_rows", rows},
          {"n_both", both},
          {"n_import", imported},
          {"n_export", exported},
          {"sum_cif", unscaled(cif, scale)},
          {"sum_fob", unscaled(fob, scale)},
          {"sum_gap", unscaled(gap, scale)},
          {"sum_abs_gap", unscaled(absolute, scale)},
          {"mix_gap", unscaled(mix, scale)}};
}

}  // namespace tarifa::bench
