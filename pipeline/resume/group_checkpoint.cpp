#include "pipeline/resume/group_checkpoint.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace tarifa
{
namespace
{

constexpr std::string_view prefix = "keys-";
constexpr std::size_t digits = 16;

std::string name_of(KeyInterval const& keys)
{
  return fmt::format("{}{:016x}-{:016x}", prefix, keys.least, keys.most);
}

KeyInterval interval_of(std::string_view name)
{
  KeyInterval keys;
  char const* const least = name.data() + prefix.size();
  char const* const most = least + digits + 1;
  require(name.size() == prefix.size() + 2 * digits + 1 && name.starts_with(prefix)
              && std::from_chars(least, least + digits, keys.least, 16).ptr == least + digits
              && std::from_chars(most, most + digits, keys.most, 16).ptr == most + digits
              && keys.least <= keys.most,
          Fault::internal, fmt::format("'{}' names no interval of keys", name));
  return keys;
}

}  // namespace

GroupCheckpoint::GroupCheckpoint(Run const& run, Checkpoint& checkpoint) : run_(run), checkpoint_(checkpoint)
{
  run_.comm.all_or_none("checkpoint", [&] { list_pieces(); });
  drop_damaged();
  drop_overlapping();
  join_intervals();
}

void GroupCheckpoint::list_pieces()
{
  // Names sort as their least keys do.
  for (auto const& [name, note] : checkpoint_.done())
  {
    pieces_.push_back({interval_of(name), name, note});
  }
}

void GroupCheckpoint::drop_overlapping()
{
  // Where a piece was damaged, what was made again may overlap with pieces that were whole.
  std::vector<Piece> apart;
  for (Piece& piece : pieces_)
  {
    if (apart.empty() || piece.keys.least > apart.back().keys.most)
    {
      apart.push_back(std::move(piece));
    }
  }
  pieces_ = std::move(apart);
}

void GroupCheckpoint::drop_damaged()
{
  auto const ranks = static_cast<std::size_t>(run_.comm.size());
  std::vector<std::int64_t> const damaged = run_.comm.sum(run_.comm.all_or_none(
      "checkpoint",
      [&]
      {
        std::vector<std::int64_t> mine(pieces_.size());
        for (auto i = static_cast<std::size_t>(run_.comm.rank()); i < mine.size(); i += ranks)
        {
          mine[i] = checkpoint_.load_piece(pieces_[i].name, pieces_[i].note) ? 0 : 1;
        }
        return mine;
      }));
  std::vector<Piece> whole;
  for (std::size_t i = 0; i < pieces_.size(); ++i)
  {
    if (damaged[i] == 0)
    {
      whole.push_back(std::move(pieces_[i]));
    }
  }
  if (whole.size() < pieces_.size())
  {
    run_.log.warn(fmt::format("{} of {} pieces of the checkpoint are damaged or missing: they are made again",
                              pieces_.size() - whole.size(), pieces_.size()));
  }
  pieces_ = std::move(whole);
}

void GroupCheckpoint::join_intervals()
{
  for (std::size_t i = 0; i < pieces_.size(); ++i)
  {
    KeyInterval const& keys = pieces_[i].keys;
    if (!done_.empty() && done_.back().most + 1 == keys.least)
    {
      done_.back().most = keys.most;
    }
    else if (done_.size() < most_done_intervals)
    {
      done_.push_back(keys);
    }
    else
    {
      pieces_.resize(i);
    }
  }
}

GroupPauses GroupCheckpoint::pauses(GroupPlan const& plan, Keep keep)
{
  int const begin = plan.owned[static_cast<std::size_t>(plan.rank)].begin;
  unsaved_ = {begin, begin};
  return {[this, &plan]
          {
            if (is_ending_by(run_.stop.asked(run_.comm)))
            {
              checkpoint_.stop_if_asked(progress(plan));
            }
          },
          [this, &plan, keep = std::move(keep)](RankSlices const& step)
          { consumed(plan, step[static_cast<std::size_t>(plan.rank)], keep); }};
}

void GroupCheckpoint::consumed(GroupPlan const& plan, RangeSlice step, Keep const& keep)
{
  unsaved_.end = std::max(unsaved_.end, step.end);
  if (checkpoint_.due())
  {
    save(plan, keep);
    checkpoint_.stop_if_asked(progress(plan));
  }
}

void GroupCheckpoint::save(GroupPlan const& plan, Keep const& keep)
{
  checkpoint_.record(run_.comm.all_or_none(
      "checkpoint",
      [&]
      {
        std::vector<std::pair<std::string, std::string>> units;
        int const first = plan.owned[static_cast<std::size_t>(plan.rank)].begin;
        for (int begin = unsaved_.begin; begin < unsaved_.end;)
        {
          int end = begin;
          while (end < unsaved_.end && plan.is_left_out(end) == plan.is_left_out(begin))
          {
            ++end;
          }
          if (!plan.is_left_out(begin))
          {
            std::string const name = name_of({plan.map.least_key(begin), plan.map.most_key(end - 1)});
            std::string const text = keep(begin - first, end - first);
            std::span<std::byte const> const bytes = std::as_bytes(std::span(text));
            units.emplace_back(name, checkpoint_.keep_piece(name, std::span(&bytes, 1)));
          }
          begin = end;
        }
        return units;
      }));
  unsaved_.begin = unsaved_.end;
  has_kept_ = true;
}

std::string GroupCheckpoint::progress(GroupPlan const& plan) const
{
  RangeSlice const mine = plan.owned[static_cast<std::size_t>(plan.rank)];
  std::int64_t ranges = 0;
  for (int range = mine.begin; range < mine.end; ++range)
  {
    ranges += range < unsaved_.end || plan.is_left_out(range) ? 1 : 0;
  }
  return fmt::format("{} of {} ranges of keys are done", run_.comm.sum(ranges), plan.map.ranges());
}

void GroupCheckpoint::take(GroupPlan const& plan, Take const& take) const
{
  RangeSlice const mine = plan.owned[static_cast<std::size_t>(plan.rank)];
  run_.comm.all_or_none("checkpoint",
                        [&]
                        {
                          for (Piece const& piece : pieces_)
                          {
                            if (mine.size() == 0 || piece.keys.most < plan.map.least_key(mine.begin)
                                || piece.keys.least > plan.map.most_key(mine.end - 1))
                            {
                              continue;
                            }
                            auto const text = checkpoint_.load_piece(piece.name, piece.note);
                            require(text.has_value(), Fault::storage,
                                    "piece " + piece.name + " was damaged while it was in use");
                            take(*text);
                          }
                        });
}

}  // namespace tarifa
