#include "pipeline/group/total_groups.hpp"

#include <omp.h>

namespace tarifa
{

template <int Values>
void total_groups(Comm const& comm, GroupSettings const& settings, GroupArena& arena,
                  ShardSource const& source, ProduceRows<Values> const& produce, TotalsTable<Values>& table)
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

template void total_groups<0>(Comm const&, GroupSettings const&, GroupArena&, ShardSource const&,
                              ProduceRows<0> const&, TotalsTable<0>&);
template void total_groups<1>(Comm const&, GroupSettings const&, GroupArena&, ShardSource const&,
                              ProduceRows<1> const&, TotalsTable<1>&);
template void total_groups<2>(Comm const&, GroupSettings const&, GroupArena&, ShardSource const&,
                              ProduceRows<2> const&, TotalsTable<2>&);
template void total_groups<3>(Comm const&, GroupSettings const&, GroupArena&, ShardSource const&,
                              ProduceRows<3> const&, TotalsTable<3>&);
template void total_groups<4>(Comm const&, GroupSettings const&, GroupArena&, ShardSource const&,
                              ProduceRows<4> const&, TotalsTable<4>&);

}  // namespace tarifa
