#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include <omp.h>

#include "pipeline/group/parallel_tasks.hpp"
#include "pipeline/group/total_groups.hpp"

namespace tarifa
{
namespace
{

/// Totals of one key in the array. 64-bit words only, so that the layout has no holes and crosses ranks as it
/// is.
template <int Values>
struct DenseCell
{
  struct Payload
  {
    std::uint64_t low = 0;
    std::int64_t high = 0;
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    std::int64_t most = std::numeric_limits<std::int64_t>::min();

    void add(std::uint64_t other_low, std::int64_t other_high) noexcept
    {
      std::uint64_t const before = low;
      low += other_low;
      high += other_high + (low < before ? 1 : 0);
    }
  };

  std::int64_t count = 0;
  std::array<Payload, Values> payload;

  void add(DenseCell const& other) noexcept
  {
    count += other.count;
    for (std::size_t v = 0; v < Values; ++v)
    {
      auto& to = payload[v];
      to.add(other.payload[v].low, other.payload[v].high);
      to.least = std::min(to.least, other.payload[v].least);
      to.most = std::max(to.most, other.payload[v].most);
    }
  }
};

template <int Values>
void add_dense(RowBlock<Values> const& block, std::uint64_t cells, DenseCell<Values>* cell)
{
  std::uint64_t used = 0;
  for (std::size_t i = 0; i < block.rows; ++i)
  {
    used |= block.key[i];
  }
  require(used < cells, Fault::internal, "a group key has more bits than its layout");
  for (std::size_t i = 0; i < block.rows; ++i)
  {
    auto& to = cell[block.key[i]];
    ++to.count;
    for (std::size_t v = 0; v < Values; ++v)
    {
      std::int64_t const value = block.value[v][i];
      to.payload[v].add(static_cast<std::uint64_t>(value), value >> 63);
      to.payload[v].least = std::min(to.payload[v].least, value);
      to.payload[v].most = std::max(to.payload[v].most, value);
    }
  }
}

/// [all] Adds the cells of all ranks, on all ranks.
template <int Values>
void reduce_cells(Comm const& comm, DenseCell<Values>* cells, std::size_t count)
{
  if (comm.size() == 1)
  {
    return;
  }
  auto const add = [](void* in, void* inout, int* length, MPI_Datatype*)
  {
    auto const* from = static_cast<DenseCell<Values> const*>(in);
    auto* to = static_cast<DenseCell<Values>*>(inout);
    for (int i = 0; i < *length; ++i)
    {
      to[i].add(from[i]);
    }
  };
  MPI_Datatype type = MPI_DATATYPE_NULL;
  MPI_Type_contiguous(static_cast<int>(sizeof(DenseCell<Values>) / sizeof(std::int64_t)), MPI_INT64_T, &type);
  MPI_Type_commit(&type);
  MPI_Op op = MPI_OP_NULL;
  MPI_Op_create(add, 1, &op);
  MPI_Allreduce(MPI_IN_PLACE, cells, static_cast<int>(count), type, op, comm.handle());
  MPI_Op_free(&op);
  MPI_Type_free(&type);
}

template <int Values>
void write_cells(DenseCell<Values> const* cells, std::size_t begin, std::size_t end,
                 TotalsTable<Values>& table)
{
  auto const groups = static_cast<std::size_t>(
      std::count_if(cells + begin, cells + end, [](DenseCell<Values> const& c) { return c.count > 0; }));
  auto& out = table.open_range(0, 0, groups);
  std::array<bool, Values + 1> wide{};
  std::size_t g = 0;
  for (std::size_t key = begin; key < end; ++key)
  {
    auto const& cell = cells[key];
    if (cell.count == 0)
    {
      continue;
    }
    out.key[g] = key;
    out.count[g] = cell.count;
    for (std::size_t v = 0; v < Values; ++v)
    {
      auto const& p = cell.payload[v];
      out.sum[v][g] = static_cast<std::int64_t>(p.low);
      wide[v] = wide[v] || p.high != out.sum[v][g] >> 63;
      out.least[v][g] = p.least;
      out.most[v][g] = p.most;
    }
    ++g;
  }
  for (std::size_t v = 0; v < Values; ++v)
  {
    if (wide[v])
    {
      out.high[v] = table.take(0, groups);
      g = 0;
      for (std::size_t key = begin; key < end; ++key)
      {
        if (cells[key].count > 0)
        {
          out.high[v][g++] = cells[key].payload[v].high;
        }
      }
    }
  }
}

}  // namespace

template <int Values>
void dense_groups(Comm const& comm, GroupSettings const& settings, GroupArena& arena,
                  ShardSource const& source, ProduceRows<Values> const& produce, TotalsTable<Values>& table)
{
  using Cell = DenseCell<Values>;
  require(settings.key_bits <= most_dense_bits, Fault::usage, "too many key bits for one array cell per key");
  std::size_t const cells = std::size_t{1} << settings.key_bits;
  int const threads = settings.threads > 0 ? settings.threads : omp_get_max_threads();
  Cell* const sum = comm.all_or_none(
      "adding up groups",
      [&]
      {
        arena.prepare(threads);
        std::vector<Cell*> mine(static_cast<std::size_t>(threads));
        for (std::size_t t = 0; t < mine.size(); ++t)
        {
          auto& memory = arena.thread(static_cast<int>(t)).front;
          memory.reserve(cells * sizeof(Cell));
          mine[t] = memory.template as<Cell>();
        }
        parallel_tasks(threads, threads,
                       [&](int, std::int64_t t)
                       { std::uninitialized_fill_n(mine[static_cast<std::size_t>(t)], cells, Cell{}); });
        scan_shards<Values>(threads, arena, all_shards(source.shards), produce,
                            [&](int thread, std::int64_t, RowBlock<Values> const& block)
                            {
                              add_dense<Values>(block, cells, mine[static_cast<std::size_t>(thread)]);
                              return true;
                            });
        constexpr std::int64_t parts = 64;
        parallel_tasks(threads, parts,
                       [&](int, std::int64_t part)
                       {
                         auto const p = static_cast<std::size_t>(part);
                         for (std::size_t t = 1; t < mine.size(); ++t)
                         {
                           for (std::size_t c = cells * p / parts; c < cells * (p + 1) / parts; ++c)
                           {
                             mine[0][c].add(mine[t][c]);
                           }
                         }
                       });
        return mine[0];
      });
  reduce_cells<Values>(comm, sum, cells);
  table.reset(1, threads);
  auto const rank = static_cast<std::size_t>(comm.rank());
  auto const ranks = static_cast<std::size_t>(comm.size());
  write_cells<Values>(sum, cells * rank / ranks, cells * (rank + 1) / ranks, table);
}

template void dense_groups<0>(Comm const&, GroupSettings const&, GroupArena&, ShardSource const&,
                              ProduceRows<0> const&, TotalsTable<0>&);
template void dense_groups<1>(Comm const&, GroupSettings const&, GroupArena&, ShardSource const&,
                              ProduceRows<1> const&, TotalsTable<1>&);
template void dense_groups<2>(Comm const&, GroupSettings const&, GroupArena&, ShardSource const&,
                              ProduceRows<2> const&, TotalsTable<2>&);
template void dense_groups<3>(Comm const&, GroupSettings const&, GroupArena&, ShardSource const&,
                              ProduceRows<3> const&, TotalsTable<3>&);
template void dense_groups<4>(Comm const&, GroupSettings const&, GroupArena&, ShardSource const&,
                              ProduceRows<4> const&, TotalsTable<4>&);

}  // namespace tarifa
