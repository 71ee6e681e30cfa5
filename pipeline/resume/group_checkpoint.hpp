#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/group/group_rows.hpp"
#include "pipeline/resume/checkpoint.hpp"

namespace tarifa
{

/// What a group-by leaves when it is stopped: the key intervals that are consumed, each with a piece that
/// holds what the job made of it. Key ranges and their owners change with the ranks of the run that goes on,
/// intervals of keys do not.
class GroupCheckpoint
{
 public:
  /// Text of what was made of the ranges begin..end-1 of this rank, numbered as consume() numbers them.
  using Keep = std::function<std::string(int begin, int end)>;
  /// Takes such a text back; the keys of other ranks in it are to be passed over.
  using Take = std::function<void(std::string_view piece)>;

  /// [all] Pieces that are missing or damaged are warned of and count as not done. Both arguments outlive it.
  GroupCheckpoint(Run const& run, Checkpoint& checkpoint);

  /// For GroupSettings::done, the same on every rank.
  std::vector<KeyInterval> const& done() const noexcept { return done_; }

  /// Whether produce() may leave out the shards that follow, because the run ends before their rows are used.
  /// SIGTERM ends it at the next shard, since a kill follows soon. A run whose time is over first keeps
  /// something, so that however often it is stopped it gets on. From any thread.
  bool is_ending() const noexcept { return is_ending_by(run_.stop.asked_here()); }

  /// For group_rows. The plan outlives it.
  GroupPauses pauses(GroupPlan const& plan, Keep keep);

  /// [all] Hands every rank the pieces with keys of its own, keys ascending from piece to piece.
  void take(GroupPlan const& plan, Take const& take) const;

 private:
  struct Piece
  {
    KeyInterval keys;
    std::string name, note;
  };

  bool is_ending_by(StopReason reason) const noexcept
  {
    return reason == StopReason::terminate || (has_kept_ && reason != StopReason::none);
  }
  void list_pieces();
  void drop_damaged();  ///< [all]
  void drop_overlapping();
  void join_intervals();
  void consumed(GroupPlan const& plan, RangeSlice step, Keep const& keep);  ///< [all]
  void save(GroupPlan const& plan, Keep const& keep);                       ///< [all]
  std::string progress(GroupPlan const& plan) const;                        ///< [all]

  Run const& run_;
  Checkpoint& checkpoint_;
  std::vector<Piece> pieces_;  ///< keys ascending, apart
  std::vector<KeyInterval> done_;
  RangeSlice unsaved_;  ///< of the ranges of the plan
  bool has_kept_ = false;
};

}  // namespace tarifa
