#include "bench/queries.hpp"

#include <numeric>

#include <omp.h>

#include "pipeline/group/parallel_tasks.hpp"
#include "pipeline/group/run_statistics.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa::bench
{
namespace
{

constexpr std::size_t group_value = 4;  // column of the payload behind four key columns

std::int64_t sum_of(std::span<std::int64_t const> values)
{
  std::int64_t sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::size_t i = 0; i < values.size(); ++i)
  {
    sum += values[i];
  }
  return sum;
}

KeyLayout layout_of(TableReader const& table, std::size_t columns)
{
  std::vector<KeyField> fields;
  for (std::size_t c = 0; c < columns; ++c)
  {
    fields.push_back(KeyField::between(table.column(c).facts.minimum, table.column(c).facts.maximum));
  }
  return KeyLayout(std::move(fields));
}

}  // namespace

Keys::Keys(TableReader const& table, std::size_t columns)
    : table_(&table)
    , columns_(columns)
    , layout_(layout_of(table, columns))
{
}

void Keys::pack(ShardBuffer const& cells, std::span<std::uint64_t> keys) const
{
  for (std::size_t c = 0; c < columns_; ++c)
  {
    if (table_->column(c).is_wide)
    {
      layout_.pack(c, cells.wide(c), keys);
    }
    else
    {
      layout_.pack(c, cells.narrow(c), keys);
    }
  }
}

void Queries::open(std::string const& table, std::vector<std::string> columns)
{
  flows_.reset();
  keys_.reset();
  table_.emplace(comm_, archive_, table, ReadRequest{std::move(columns), {}, {}, threads_});
}

GroupSettings Queries::grouping(int key_bits, ValueOrder order) const
{
  GroupSettings settings;
  settings.key_bits = key_bits;
  settings.order = order;
  settings.threads = threads_;
  return settings;
}

ShardBuffer& Queries::opened(std::int64_t shard)
{
  ShardBuffer& cells = buffers_[static_cast<std::size_t>(omp_get_thread_num())];
  table_->open(static_cast<std::size_t>(shard), cells);
  return cells;
}

void Queries::sum()
{
  open("declarations", {"customs_value"});
  std::vector<std::int64_t> sums(table_->shards().size());
  parallel_tasks(threads_, static_cast<std::int64_t>(sums.size()),
                 [&](int /*thread*/, std::int64_t shard)
                 {
                   ShardBuffer& cells = opened(shard);
                   while (cells.next())
                   {
                     sums[static_cast<std::size_t>(shard)] += sum_of(cells.wide(0));
                   }
                 });
  sum_ = std::accumulate(sums.begin(), sums.end(), Int128{0});
}

/// Rows with their key and one column.
auto Queries::produce_values(std::size_t value_column)
{
  return [this, value_column](std::int64_t shard, GroupBuffer<1> const& rows)
  {
    ShardBuffer& cells = opened(shard);
    bool go_on = true;
    while (go_on && cells.next())
    {
      auto const values = cells.wide(value_column);
      keys_->pack(cells, rows.keys().first(values.size()));
      go_on = rows.emit({rows.keys().data(), {values.data()}, values.size()});
    }
  };
}

/// Rows with HS6, origin and unit value, an integer of 10^-9 dollars per kg: order statistics are then exact
/// comparisons.
constexpr double fine = 1e9;

auto Queries::produce_unit_values()
{
  return [this](std::int64_t shard, GroupBuffer<1> const& rows)
  {
    ShardBuffer& cells = opened(shard);
    std::span<std::uint64_t> const keys = rows.keys();
    std::span<std::int64_t> const unit_values = rows.value(0);
    bool go_on = true;
    while (go_on && cells.next())
    {
      auto const value = cells.wide(2);
      auto const weight = cells.wide(3);
      auto const valid = cells.valid(3);
      keys_->pack(cells, keys.first(value.size()));
      std::size_t kept = 0;
      for (std::size_t row = 0; row < value.size(); ++row)
      {
        bool const usable = weight[row] > 0 && (valid.empty() || valid[row] != 0);
        double const divisor = usable ? static_cast<double>(weight[row]) : 1.0;
        keys[kept] = keys[row];
        unit_values[kept] = static_cast<std::int64_t>(static_cast<double>(value[row]) * fine / divisor + 0.5);
        kept += usable ? 1 : 0;
      }
      go_on = rows.emit(kept);
    }
  };
}

void Queries::group_basic()
{
  open("declarations", {"reporter", "origin", "hs6", "year", "customs_value"});
  keys_.emplace(*table_, group_value);
  total_groups<1>(comm_, grouping(keys_->bits(), ValueOrder::any), arena_, all_shards(),
                  produce_values(group_value), totals_);
}

template <class Produce, class Group, class Describe>
void Queries::describe_groups(Produce const& produce, Answer<Group>& answer, Describe&& describe)
{
  GroupPlan const plan =
      plan_groups<1>(comm_, grouping(keys_->bits(), ValueOrder::ascending), arena_, all_shards(), produce);
  answer.resize(static_cast<std::size_t>(plan.ranges()));
  group_rows<1>(comm_, plan, arena_, produce,
                [&](int range, std::span<GroupRow<1> const> sorted)
                {
                  std::vector<Group>& out = answer[static_cast<std::size_t>(range)];
                  out.clear();
                  for_each_run<1>(sorted,
                                  [&](std::span<GroupRow<1> const> run) { out.push_back(describe(run)); });
                });
}

void Queries::group_median()
{
  open("declarations", {"reporter", "origin", "hs6", "year", "customs_value"});
  keys_.emplace(*table_, group_value);
  describe_groups(produce_values(group_value), medians_,
                  [](std::span<GroupRow<1> const> run)
                  {
                    std::int64_t sum = 0;
                    for (GroupRow<1> const& row : run)
                    {
                      sum += row.value[0];
                    }
                    return WithMedian{
                        run.front().key,     static_cast<std::int64_t>(run.size()), sum, run.front().value[0],
                        run.back().value[0], median(SortedValues(run)).value()};
                  });
}

void Queries::quartiles()
{
  open("declarations", {"hs6", "origin", "customs_value", "net_mass"});
  keys_.emplace(*table_, 2);
  describe_groups(produce_unit_values(), quartiles_,
                  [](std::span<GroupRow<1> const> run)
                  {
                    SortedValues const values(run);
                    return WithQuartiles{run.front().key,
                                         static_cast<std::int64_t>(run.size()),
                                         quantile(values, {1, 4}).value() / fine,
                                         median(values).value() / fine,
                                         quantile(values, {3, 4}).value() / fine,
                                         median_absolute_deviation(values).value() / fine};
                  });
}

void Queries::mirror()
{
  open("trade", jobs::TradeFlows::columns());
  flows_.emplace(*table_, jobs::TradeFlowSettings{});
  auto const produce = [&](std::int64_t shard, GroupBuffer<2> const& rows)
  {
    ShardBuffer& cells = buffers_[static_cast<std::size_t>(omp_get_thread_num())];
    flows_->produce(static_cast<std::size_t>(shard), cells, rows);
  };
  GroupSettings settings_of_groups = grouping(flows_->key_bits(), ValueOrder::any);
  settings_of_groups.together_bits = 1;
  GroupPlan const plan = plan_groups<2>(comm_, settings_of_groups, arena_, all_shards(), produce);
  std::int64_t const ratio = kernels::in_trillionths(1.06);
  cells_.resize(static_cast<std::size_t>(plan.ranges()));
  figures_.resize(cells_.size());
  group_rows<2>(comm_, plan, arena_, produce,
                [&](int range, std::span<GroupRow<2> const> sorted)
                {
                  kernels::MirrorCells& cells = cells_[static_cast<std::size_t>(range)];
                  kernels::CellFigures& figures = figures_[static_cast<std::size_t>(range)];
                  cells.clear();
                  require(kernels::compare_sides(sorted, cells), Fault::data, "a value leaves 64 bits");
                  figures.resize(cells.size());
                  for (std::size_t cell = 0; cell < cells.size(); ++cell)
                  {
                    figures.set(cell, cells, ratio);
                  }
                });
}

}  // namespace tarifa::bench
