#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bench/stopwatch.hpp"
#include <nlohmann/json.hpp>

#include "jobs/support/trade_flows.hpp"
#include "kernels/mirror/cell_figures.hpp"
#include "kernels/mirror/mirror_cells.hpp"
#include "pipeline/archive/table_reader.hpp"
#include "pipeline/group/group_rows.hpp"
#include "pipeline/group/key_layout.hpp"
#include "pipeline/group/total_groups.hpp"

namespace tarifa::bench
{

/// Key of the first columns of a table.
class Keys
{
 public:
  Keys(TableReader const& table, std::size_t columns);
  int bits() const noexcept { return layout_.bits(); }
  std::int64_t unpack(std::size_t column, std::uint64_t key) const { return layout_.unpack(column, key); }
  void pack(ShardBuffer const& cells, std::span<std::uint64_t> keys) const;  ///< [rows]

 private:
  TableReader const* table_;
  std::size_t columns_;
  KeyLayout layout_;
};

/// The queries of bench/README.md on the archive: each opens it, leaves its answer in memory and keeps that
/// memory for the next call. The figures of the last answer are taken by check_...().
class Queries
{
 public:
  using Json = nlohmann::ordered_json;

  Queries(Comm const& comm, std::filesystem::path archive, int threads)
      : comm_(comm)
      , archive_(std::move(archive))
      , threads_(threads)
      , buffers_(static_cast<std::size_t>(threads))
  {
  }

  void sum();
  void group_basic();
  void group_median();
  void quartiles();
  void mirror();

  Json check_sum() const;
  Json check_group_basic() const;
  Json check_group_median() const;
  Json check_quartiles() const;
  Json check_mirror() const;

 private:
  struct WithMedian
  {
    std::uint64_t key;
    std::int64_t count, sum, least, most;
    double median;
  };
  struct WithQuartiles
  {
    std::uint64_t key;
    std::int64_t count;
    double q1, q2, q3, mad;
  };
  /// [ranges][groups]
  template <class Group>
  using Answer = std::vector<std::vector<Group>>;

  void open(std::string const& table, std::vector<std::string> columns);
  ShardSource all_shards() const
  {
    return {static_cast<std::int64_t>(table_->shards().size()), table_->rows()};
  }
  GroupSettings grouping(int key_bits, ValueOrder order) const;
  ShardBuffer& opened(std::int64_t shard);  ///< this thread's
  auto produce_values(std::size_t value_column);
  auto produce_unit_values();
  template <class Produce, class Group, class Describe>
  void describe_groups(Produce const& produce, Answer<Group>& answer, Describe&& describe);

  Comm const& comm_;
  std::filesystem::path archive_;
  int threads_;
  std::optional<TableReader> table_;
  std::optional<Keys> keys_;
  std::optional<jobs::TradeFlows> flows_;
  GroupArena arena_;
  std::vector<ShardBuffer> buffers_;  ///< [threads]
  Int128 sum_ = 0;
  TotalsTable<1> totals_;
  Answer<WithMedian> medians_;
  Answer<WithQuartiles> quartiles_;
  std::vector<kernels::MirrorCells> cells_;    ///< [ranges]
  std::vector<kernels::CellFigures> figures_;  ///< [ranges]
};

}  // namespace tarifa::bench
