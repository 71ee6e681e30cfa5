#pragma once

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "pipeline/group/arena.hpp"
#include "pipeline/group/group_plan.hpp"
#include "pipeline/group/group_rows.hpp"
#include "pipeline/group/parallel_tasks.hpp"
#include "pipeline/group/row_scatter.hpp"
#include "pipeline/group/row_sorter.hpp"

namespace tarifa
{

/// Brings the partitioned rows of one round to the owners of their ranges, step by step, and consumes them
/// there.
template <int Values>
class RowExchange
{
 public:
  using Row = GroupRow<Values>;
  using Scatters = std::vector<std::unique_ptr<RowScatter<Values>>>;

  RowExchange(Comm const& comm, GroupPlan const& plan, RankSlices const& round, GroupArena& arena,
              Scatters const& scatters)
      : comm_(comm)
      , plan_(plan)
      , round_(round)
      , arena_(arena)
      , scatters_(scatters)
  {
  }

  /// [all] Error(data) when one key has more rows than MPI can count.
  void run(ConsumeRows<Values> const& consume, GroupPauses const& pauses);

 private:
  struct Message
  {
    std::vector<int> count, offset;  ///< [ranks] rows
    explicit Message(int ranks) : count(static_cast<std::size_t>(ranks)), offset(count.size()) {}
    std::int64_t lay_out();  ///< offsets from counts; returns all rows
  };

  std::int64_t local_rows(int range) const;
  RangeSlice mine(RankSlices const& slices) const { return slices[static_cast<std::size_t>(comm_.rank())]; }
  std::vector<std::int64_t> exchange_counts(std::vector<std::int64_t> const& counts) const;
  void exchange_step(RankSlices const& step);
  void pack(RankSlices const& step, Message& outgoing);
  template <class Use>
  void for_each_piece(int range, Use&& use) const;
  void consume_range(int thread, int range, ConsumeRows<Values> const& consume);
  std::int64_t rows_from(int rank, int range) const
  {
    auto const width = static_cast<std::size_t>(mine(round_).size());
    return received_[static_cast<std::size_t>(rank) * width
                     + static_cast<std::size_t>(range - mine(round_).begin)];
  }

  Comm const& comm_;
  GroupPlan const& plan_;
  RankSlices const& round_;
  GroupArena& arena_;
  Scatters const& scatters_;
  std::vector<std::int64_t> received_;  ///< [ranks x own ranges of the round] rows each rank has of them
  std::vector<std::span<Row const>> pieces_;  ///< [own ranges of the step x ranks] where they arrived
  RangeSlice step_;
};

template <int Values>
std::int64_t RowExchange<Values>::Message::lay_out()
{
  std::int64_t rows = 0;
  for (std::size_t r = 0; r < count.size(); ++r)
  {
    offset[r] = static_cast<int>(rows);
    rows += count[r];
    require(rows <= std::numeric_limits<int>::max(), Fault::data,
            "one group key has more rows (" + std::to_string(rows) + ") than one message can count");
  }
  return rows;
}

template <int Values>
std::int64_t RowExchange<Values>::local_rows(int range) const
{
  return std::accumulate(scatters_.begin(), scatters_.end(), std::int64_t{0},
                         [&](std::int64_t sum, auto const& scatter) { return sum + scatter->rows(range); });
}

template <int Values>
void RowExchange<Values>::run(ConsumeRows<Values> const& consume, GroupPauses const& pauses)
{
  std::vector<RankSlices> steps{round_};
  if (comm_.size() > 1)
  {
    std::vector<std::int64_t> counts(static_cast<std::size_t>(plan_.map.ranges()));
    for (std::size_t r = 0; r < counts.size(); ++r)
    {
      counts[r] = local_rows(static_cast<int>(r));
    }
    received_ = exchange_counts(counts);
    steps = cut_steps(round_, weigh_ranges(comm_, counts), plan_.exchange_rows(), plan_.exchange_rows());
  }
  for (auto const& step : steps)
  {
    step_ = mine(step);
    if (comm_.size() > 1)
    {
      exchange_step(step);
    }
    comm_.all_or_none("consuming groups",
                      [&]
                      {
                        parallel_tasks(plan_.threads(), step_.size(),
                                       [&](int thread, std::int64_t task)
                                       {
                                         int const range = step_.begin + static_cast<int>(task);
                                         if (!plan_.is_left_out(range))
                                         {
                                           consume_range(thread, range, consume);
                                         }
                                       });
                      });
    if (pauses.consumed)
    {
      pauses.consumed(step);
    }
  }
}

template <int Values>
std::vector<std::int64_t> RowExchange<Values>::exchange_counts(std::vector<std::int64_t> const& counts) const
{
  auto const ranks = static_cast<std::size_t>(comm_.size());
  int const width = mine(round_).size();
  std::vector<int> send(ranks), send_at(ranks), receive(ranks, width), receive_at(ranks);
  for (std::size_t r = 0; r < ranks; ++r)
  {
    send[r] = round_[r].size();
    send_at[r] = round_[r].begin;
    receive_at[r] = static_cast<int>(r) * width;
  }
  std::vector<std::int64_t> received(ranks * static_cast<std::size_t>(width));
  MPI_Alltoallv(counts.data(), send.data(), send_at.data(), MPI_INT64_T, received.data(), receive.data(),
                receive_at.data(), MPI_INT64_T, comm_.handle());
  return received;
}

template <int Values>
void RowExchange<Values>::pack(RankSlices const& step, Message& outgoing)
{
  std::vector<int> ranges;
  std::vector<std::int64_t> at;
  std::int64_t rows = 0;
  for (std::size_t r = 0; r < step.size(); ++r)
  {
    std::int64_t const before = rows;
    bool const stays = static_cast<int>(r) == comm_.rank();
    for (int range = step[r].begin; range < step[r].end && !stays; ++range)
    {
      ranges.push_back(range);
      at.push_back(rows);
      rows += local_rows(range);
    }
    require(rows - before <= std::numeric_limits<int>::max(), Fault::data,
            "one group key has more rows (" + std::to_string(rows - before) + ") than one message can count");
    outgoing.count[r] = static_cast<int>(rows - before);
  }
  outgoing.lay_out();
  arena_.outgoing().reserve(static_cast<std::size_t>(rows) * sizeof(Row));
  Row* const buffer = arena_.outgoing().template as<Row>();
  parallel_tasks(plan_.threads(), static_cast<std::int64_t>(ranges.size()),
                 [&](int, std::int64_t task)
                 {
                   Row* to = buffer + at[static_cast<std::size_t>(task)];
                   for (auto const& scatter : scatters_)
                   {
                     scatter->for_each_piece(ranges[static_cast<std::size_t>(task)],
                                             [&](std::span<Row const> piece)
                                             { to = std::copy(piece.begin(), piece.end(), to); });
                   }
                 });
}

template <int Values>
void RowExchange<Values>::exchange_step(RankSlices const& step)
{
  auto const ranks = static_cast<std::size_t>(comm_.size());
  Message outgoing(comm_.size());
  Message incoming(comm_.size());
  comm_.all_or_none("packing rows for other ranks",
                    [&]
                    {
                      pack(step, outgoing);
                      for (int r = 0; r < comm_.size(); ++r)
                      {
                        std::int64_t rows = 0;
                        for (int range = step_.begin; range < step_.end && r != comm_.rank(); ++range)
                        {
                          rows += rows_from(r, range);
                        }
                        require(rows <= std::numeric_limits<int>::max(), Fault::data,
                                "one group key has more rows than one message can count");
                        incoming.count[static_cast<std::size_t>(r)] = static_cast<int>(rows);
                      }
                      auto const rows = static_cast<std::size_t>(incoming.lay_out());
                      arena_.incoming().reserve(rows * sizeof(Row));
                      pieces_.assign(static_cast<std::size_t>(step_.size()) * ranks, {});
                    });
  Row* const buffer = arena_.incoming().template as<Row>();
  MPI_Datatype row_type = MPI_DATATYPE_NULL;
  MPI_Type_contiguous(static_cast<int>(sizeof(Row) / sizeof(std::int64_t)), MPI_INT64_T, &row_type);
  MPI_Type_commit(&row_type);
  MPI_Alltoallv(arena_.outgoing().template as<Row>(), outgoing.count.data(), outgoing.offset.data(), row_type,
                buffer, incoming.count.data(), incoming.offset.data(), row_type, comm_.handle());
  MPI_Type_free(&row_type);
  for (std::size_t r = 0; r < ranks; ++r)
  {
    std::int64_t at = incoming.offset[r];
    for (int range = step_.begin; range < step_.end && static_cast<int>(r) != comm_.rank(); ++range)
    {
      auto const rows = static_cast<std::size_t>(rows_from(static_cast<int>(r), range));
      pieces_[static_cast<std::size_t>(range - step_.begin) * ranks + r] = {buffer + at, rows};
      at += static_cast<std::int64_t>(rows);
    }
  }
}

template <int Values>
template <class Use>
void RowExchange<Values>::for_each_piece(int range, Use&& use) const
{
  for (auto const& scatter : scatters_)
  {
    scatter->for_each_piece(range, use);
  }
  auto const ranks = static_cast<std::size_t>(comm_.size());
  for (std::size_t r = 0; r < ranks && ranks > 1; ++r)
  {
    use(pieces_[static_cast<std::size_t>(range - step_.begin) * ranks + r]);
  }
}

template <int Values>
void RowExchange<Values>::consume_range(int thread, int range, ConsumeRows<Values> const& consume)
{
  std::int64_t rows = local_rows(range);
  for (int r = 0; r < comm_.size() && comm_.size() > 1; ++r)
  {
    rows += r == comm_.rank() ? 0 : rows_from(r, range);
  }
  require(rows <= std::numeric_limits<std::uint32_t>::max(), Fault::data,
          "one group key has more rows (" + std::to_string(rows) + ") than can be sorted at once");
  auto const size = static_cast<std::size_t>(rows);
  auto& scratch = arena_.thread(thread);
  scratch.front.reserve(size * sizeof(Row));
  scratch.back.reserve(size * sizeof(Row));
  auto const pieces = [&](auto&& use) { for_each_piece(range, use); };
  RowSorter<Values> const sorter{plan_.map.least_key(range), plan_.map.most_key(range), plan_.settings.order};
  auto const sorted =
      sorter.sort(pieces, size, scratch.front.template as<Row>(), scratch.back.template as<Row>());
  consume(range - plan_.owned[static_cast<std::size_t>(comm_.rank())].begin, std::span<Row const>(sorted));
}

}  // namespace tarifa
