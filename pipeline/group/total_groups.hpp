#pragma once

#include "pipeline/group/dense_groups.hpp"
#include "pipeline/group/group_rows.hpp"
#include "pipeline/group/totals.hpp"

namespace tarifa
{

/// [all] Count, exact sum, least and greatest of every payload column for every key that occurs.
///
/// Each rank ends with a part of the groups in `table`: keys ascend within a rank, and all keys of a rank are
/// below those of the next. Few key bits take an array per thread instead of the exchange; the result is the
/// same.
template <int Values, class Produce>
void total_groups(Comm const& comm, GroupSettings const& settings, GroupArena& arena,
                  ShardSource const& source, Produce&& produce, TotalsTable<Values>& table)
{
  if (settings.key_bits <= most_dense_bits)
  {
    dense_groups<Values>(comm, settings, arena, source, produce, table);
    return;
  }
  auto const plan = plan_groups<Values>(comm, settings, arena, source, produce);
  table.reset(plan.ranges(), plan.threads());
  group_rows<Values>(comm, plan, arena, produce,
                     [&](int range, std::span<GroupRow<Values> const> sorted)
                     { total_runs<Values>(sorted, omp_get_thread_num(), range, table); });
}

}  // namespace tarifa
