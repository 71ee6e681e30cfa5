// Times the group-by on synthetic trade rows in memory: group_speed [rows [threads [repeats]]].
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "tests/group/group_data.hpp"

#include "pipeline/group/key_layout.hpp"
#include "pipeline/group/run_statistics.hpp"
#include "pipeline/group/total_groups.hpp"

namespace
{

using namespace tarifa;

double now()
{
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Seconds of processor time of all threads: the figure to compare on a machine that others use too.
double busy()
{
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

struct Rows
{
  std::vector<std::int32_t> reporter, partner, product, year, side;
  std::vector<std::int64_t> value, weight;
};

std::int32_t skewed(std::uint64_t random, int count)
{
  double const u = static_cast<double>(random >> 11) * 0x1p-53;
  return static_cast<std::int32_t>((std::pow(static_cast<double>(count) + 1, u) - 1) * 0.9999);
}

Rows make_rows(std::int64_t count)
{
  Rows rows;
  auto const n = static_cast<std::size_t>(count);
  for (auto* column : {&rows.reporter, &rows.partner, &rows.product, &rows.year, &rows.side})
  {
    column->resize(n);
  }
  rows.value.resize(n);
  rows.weight.resize(n);
#pragma omp parallel for
  for (std::size_t i = 0; i < n; ++i)
  {
    rows.reporter[i] = static_cast<std::int32_t>(test::mixed(7 * i) % 40);
    rows.partner[i] = skewed(test::mixed(7 * i + 1), 200);
    rows.product[i] = static_cast<std::int32_t>(test::mixed(7 * i + 2) % 5000);
    rows.year[i] = 2015 + static_cast<std::int32_t>(test::mixed(7 * i + 3) % 5);
    rows.side[i] = static_cast<std::int32_t>(test::mixed(7 * i + 4) % 2);
    rows.value[i] =
        static_cast<std::int64_t>(std::exp(static_cast<double>(test::mixed(7 * i + 5) >> 40) * 1e-6));
    rows.weight[i] = rows.value[i] / 3;
  }
  return rows;
}

template <int Values>
struct Producer
{
  Rows const& rows;
  KeyLayout const& layout;
  bool sided;

  void operator()(std::int64_t shard, GroupBuffer<Values>& buffer) const
  {
    constexpr std::size_t block = 8192;
    constexpr std::size_t shard_rows = 131'072;
    std::size_t const first = static_cast<std::size_t>(shard) * shard_rows;
    std::size_t const last = std::min(first + shard_rows, rows.value.size());
    for (std::size_t begin = first; begin < last; begin += block)
    {
      std::size_t const n = std::min(block, last - begin);
      auto const keys = buffer.keys().first(n);
      std::size_t field = 0;
      for (auto const* column : {&rows.reporter, &rows.partner, &rows.product, &rows.year, &rows.side})
      {
        if (field < layout.fields())
        {
          layout.pack<std::int32_t>(field++, std::span(*column).subspan(begin, n), keys);
        }
      }
      RowBlock<Values> out{keys.data(), {}, n};
      if constexpr (Values > 0)
      {
        out.value[0] = rows.value.data() + begin;
      }
      if constexpr (Values > 1)
      {
        out.value[1] = rows.weight.data() + begin;
      }
      if (!buffer.emit(out))
      {
        return;
      }
    }
  }
};

struct Timing
{
  double plan, partition, consume;
};

template <int Values, class Consume>
Timing once(Comm const& comm, GroupSettings const& settings, GroupArena& arena, ShardSource const& source,
            Producer<Values> const& produce, TotalsTable<Values>& table, Consume const& consume)
{
  double const start = now();
  auto const plan = plan_groups<Values>(comm, settings, arena, source, produce);
  table.reset(plan.ranges(), plan.threads());
  double const planned = now();
  std::atomic<double> first = 0;
  group_rows<Values>(comm, plan, arena, produce,
                     [&](int range, std::span<GroupRow<Values> const> sorted)
                     {
                       if (first == 0)
                       {
                         first = now();
                       }
                       consume(range, sorted);
                     });
  double const end = now();
  return {planned - start, first - planned, end - first};
}

template <class Run>
void report(char const* name, int repeats, Run const& run)
{
  std::vector<Timing> timings;
  double least_busy = 1e9;
  for (int r = 0; r < repeats; ++r)
  {
    double const start = busy();
    timings.push_back(run());
    least_busy = std::min(least_busy, busy() - start);
  }
  auto const all = [](Timing const& t) { return t.plan + t.partition + t.consume; };
  std::printf("%-22s first %.3f", name, all(timings.front()));
  std::sort(timings.begin(), timings.end(), [&](auto const& a, auto const& b) { return all(a) < all(b); });
  auto const& best = timings.front();
  std::printf(
      "  median %.3f  best %.3f s (plan %.3f, partition %.3f, sort+consume %.3f), least processor time %.3f "
      "s\n",
      all(timings[timings.size() / 2]), all(best), best.plan, best.partition, best.consume, least_busy);
}

void measure(std::int64_t count, int threads, int repeats)
{
  Comm const comm(MPI_COMM_WORLD);
  Rows const rows = make_rows(count);
  ShardSource const source{(count + 131'071) / 131'072, count};
  KeyLayout const layout({{0, 6}, {0, 8}, {0, 13}, {2015, 3}});
  KeyLayout const sided({{0, 6}, {0, 8}, {0, 13}, {2015, 3}, {0, 1}});
  KeyLayout const low({{0, 6}, {0, 8}});
  GroupArena arena;
  GroupSettings settings;
  settings.threads = threads;
  settings.key_bits = layout.bits();
  settings.memory_bytes = std::int64_t{8} << 30;

  TotalsTable<1> table;
  Producer<1> const produce{rows, layout, false};
  report("totals", repeats,
         [&]
         {
           return once<1>(comm, settings, arena, source, produce, table,
                          [&](int range, auto sorted)
                          { total_runs<1>(sorted, omp_get_thread_num(), range, table); });
         });
  std::printf("  groups %ld\n", static_cast<long>(table.groups()));
  report("partition and sort", repeats,
         [&] { return once<1>(comm, settings, arena, source, produce, table, [](int, auto) {}); });
  settings.order = ValueOrder::ascending;
  auto const medians = [&](int range, std::span<GroupRow<1> const> sorted)
  {
    total_runs<1>(sorted, omp_get_thread_num(), range, table);
    auto const out = table.take(omp_get_thread_num(), table.range(range).key.size());
    std::size_t g = 0;
    for_each_run<1>(sorted, [&](std::span<GroupRow<1> const> run)
                    { out[g++] = std::bit_cast<std::int64_t>(median(run).value()); });
  };
  report("totals and median", repeats,
         [&] { return once<1>(comm, settings, arena, source, produce, table, medians); });

  settings.key_bits = low.bits();
  Producer<1> const few{rows, low, false};
  report("median, 8,000 groups", repeats,
         [&] { return once<1>(comm, settings, arena, source, few, table, medians); });
  report("dense, 8,000 groups", repeats,
         [&]
         {
           double const start = now();
           total_groups<1>(comm, settings, arena, source, few, table);
           return Timing{now() - start, 0, 0};
         });

  settings.order = ValueOrder::any;
  settings.key_bits = sided.bits();
  TotalsTable<2> gaps;
  Producer<2> const both{rows, sided, true};
  report("mirror, two payloads", repeats,
         [&]
         {
           return once<2>(comm, settings, arena, source, both, gaps,
                          [&](int range, std::span<GroupRow<2> const> sorted)
                          {
                            std::size_t groups = 0;
                            for_each_run<2>(
                                sorted, [&](auto) { ++groups; }, 1);
                            auto& out = gaps.open_range(omp_get_thread_num(), range, groups);
                            std::size_t g = 0;
                            for_each_run<2>(
                                sorted,
                                [&](std::span<GroupRow<2> const> run)
                                {
                                  std::int64_t sum[2][2] = {};
                                  for (auto const& row : run)
                                  {
                                    sum[row.key & 1][0] += row.value[0];
                                    sum[row.key & 1][1] += row.value[1];
                                  }
                                  out.key[g] = run[0].key >> 1;
                                  out.sum[0][g] = sum[0][0];
                                  out.least[0][g] = sum[1][0];
                                  out.sum[1][g] = sum[0][1];
                                  out.least[1][g] = sum[1][1];
                                  ++g;
                                },
                                1);
                          });
         });
  std::printf("  groups %ld; memory of rows %.0f MB\n", static_cast<long>(gaps.groups()),
              static_cast<double>(arena.bytes()) * 1e-6);
}

}  // namespace

int main(int argc, char** argv)
{
  MpiSession const session(argc, argv);
  measure(argc > 1 ? std::atoll(argv[1]) : 10'000'000, argc > 2 ? std::atoi(argv[2]) : 2,
          argc > 3 ? std::atoi(argv[3]) : 5);
  return 0;
}
