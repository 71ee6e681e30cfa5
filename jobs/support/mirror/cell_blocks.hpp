#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "jobs/support/trade_flows.hpp"
#include "kernels/mirror/flow_block.hpp"
#include "kernels/mirror/mirror_cells.hpp"
#include "pipeline/run/job.hpp"
#include "pipeline/run/parallel.hpp"

namespace tarifa::jobs
{

/// The cells of this rank as the kernels want to walk over them: blocks of at most 4,096 flows, with dense
/// numbers for countries and products and values in units of currency.
class CellBlocks
{
 public:
  /// Cells of one range that a block holds.
  struct Place
  {
    std::size_t range, first;
  };

  /// [all] `cells` are those of this rank, range by range, keys ascending; they and `flows` outlive it.
  CellBlocks(Run const& run, TradeFlows const& flows, std::vector<kernels::MirrorCells> const& cells);

  /// HS codes that have a cell on any rank, ascending: the dense products.
  std::vector<std::int32_t> const& products() const noexcept { return products_; }
  /// Years of the cells of all ranks; none: last below first.
  std::int32_t first_year() const noexcept { return first_year_; }
  std::int32_t last_year() const noexcept { return last_year_; }
  std::int32_t years() const noexcept { return last_year_ - first_year_ + 1; }

  /// Calls use(block, place, thread) for all cells, on all threads. Whatever is summed must not depend on the
  /// order.
  template <class Use>
  void each(Use const& use) const
  {
    ThreadTeam team(threads_);
    std::vector<Block> blocks(static_cast<std::size_t>(threads_));
    team.each(cells_.size(),
              [&](std::size_t range, int thread)
              {
                Block& block = blocks[static_cast<std::size_t>(thread)];
                for (std::size_t first = 0; first < cells_[range].size(); first += most_flows)
                {
                  fill(block, range, first);
                  use(block.view(), Place{range, first}, thread);
                }
              });
  }

  /// A summary of all cells of this rank: one of each thread, which starts as `empty`; add(summary, block)
  /// adds a block to it, and all of them are joined by Summary::add.
  template <class Summary, class Add>
  Summary sum(Summary const& empty, Add const& add) const
  {
    std::vector<Summary> sums(static_cast<std::size_t>(threads_), empty);
    each([&](kernels::FlowBlock const& block, Place, int thread)
         { add(sums[static_cast<std::size_t>(thread)], block); });
    for (std::size_t thread = 1; thread < sums.size(); ++thread)
    {
      sums.front().add(sums[thread]);
    }
    return std::move(sums.front());
  }

 private:
  static constexpr std::size_t most_flows = 4096;
  struct Block
  {
    std::vector<std::int32_t> exporter, importer, product, period;
    std::vector<double> exported, imported, exported_kg, imported_kg;

    void resize(std::size_t flows);
    kernels::FlowBlock view() const noexcept;
  };
  void fill(Block& block, std::size_t range, std::size_t first) const;

  TradeFlows const& flows_;
  std::vector<kernels::MirrorCells> const& cells_;
  int threads_;
  double money_unit_, weight_unit_;  ///< stored units of one unit of currency, of one kilogram
  std::vector<std::int32_t> products_;
  std::int32_t first_year_ = 0, last_year_ = -1;
};

/// [all] A summary of all ranks: `mine` goes out as digits and comes back summed.
template <class Summary>
Summary over_ranks(Comm const& comm, Summary mine)
{
  mine.set_digits(comm.sum(std::span<std::int64_t const>(mine.to_digits())));
  return mine;
}

}  // namespace tarifa::jobs
