#pragma once

#include "pipeline/group/group_rows.hpp"
#include "pipeline/group/totals.hpp"

namespace tarifa
{

/// Up to this many key bits every key has a place of its own in an array per thread.
inline constexpr int most_dense_bits = 20;

/// [all] Count, exact sum, least and greatest of every payload column for every key that occurs.
///
/// Each rank ends with a part of the groups in `table`: keys ascend within a rank, and all keys of a rank are
/// below those of the next. Few key bits take an array per thread instead of the exchange; the result is the
/// same.
template <int Values>
void total_groups(Comm const& comm, GroupSettings const& settings, GroupArena& arena,
                  ShardSource const& source, ProduceRows<Values> const& produce, TotalsTable<Values>& table);

/// [all] Totals of every key by arrays of 2^key_bits cells per thread, added over threads and ranks. The
/// table gets one range: the keys of this rank's equal share of the key space. Error(usage) above
/// `most_dense_bits` key bits.
template <int Values>
void dense_groups(Comm const& comm, GroupSettings const& settings, GroupArena& arena,
                  ShardSource const& source, ProduceRows<Values> const& produce, TotalsTable<Values>& table);

}  // namespace tarifa
