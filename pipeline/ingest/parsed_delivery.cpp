#include "pipeline/ingest/parsed_delivery.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace tarifa
{
namespace
{

/// KeyEntry has 16 bits for the number of a share.
constexpr std::uint32_t most_shares = 1U << 16U;

}  // namespace

ParsedDelivery::ParsedDelivery(Comm const& comm, Source const& source, Reasons const& reasons,
                               std::vector<InputFile> const& files)
    : comm_(comm)
    , files_(files)
    , reader_(comm, source, reasons, files)
    , read_(files.size())
{
}

void ParsedDelivery::parse(ThreadTeam& team, Log& log, ShareReader::Staging const& staging,
                           DeliveryCheckpoint& checkpoint)
{
  folder_ = staging.folder;
  auto const ranks = static_cast<std::uint32_t>(comm_.size());
  std::uint64_t const all = BlockFeed::whole(files_).end;
  std::uint64_t const bytes = checkpoint.resumes() ? usual_stretch(team, staging) : all;
  bool has_read = false;
  while (checkpoint.so_far().shares == 0 || checkpoint.so_far().position < all)
  {
    ReadSoFar now = checkpoint.so_far();
    BlockFeed::Stretch const stretch = next_stretch(now, bytes);
    comm_.all_or_none(
        "reading input",
        [&]
        {
          require(now.shares + ranks <= most_shares, Fault::usage,
                  "the delivery would be read in more than 65,536 pieces: make --ingest.stretch longer");
        });
    auto const number = now.shares + static_cast<std::uint32_t>(comm_.rank());
    StagedShare share = reader_.read(team, log, staging, stretch, number, now.end);
    now.position = BlockFeed::next_begin(files_, staging.block_bytes, stretch.end);
    now.shares += ranks;
    checkpoint.keep(share, now);
    has_read = true;
    if (now.position < all)
    {
      checkpoint.stop_if_asked(
          fmt::format("{:.0f} % of the input are read",
                      100.0 * static_cast<double>(now.position) / static_cast<double>(all)));
    }
    else if (now.shares == ranks)
    {
      take(std::move(share));  // the usual case: all of it is here
    }
  }
  deal(checkpoint);
  if (has_read)
  {
    // Once all is read the run is not interrupted: it could not keep what it does.
    checkpoint.stop_if_asked("all input is read");
  }
}

/// [all] Long enough that every rank has a compressed file to read if there are as many, and that the
/// workers, each with texts of its own, stay few.
std::uint64_t ParsedDelivery::usual_stretch(ThreadTeam const& team, ShareReader::Staging const& staging) const
{
  constexpr std::uint64_t most_stretches = 16;
  auto const threads = static_cast<std::uint64_t>(comm_.sum(std::int64_t{team.threads()}));
  return std::max({std::max(staging.stretch_bytes, staging.block_bytes) * threads,
                   BlockFeed::largest_piece(files_) * static_cast<std::uint64_t>(comm_.size()),
                   BlockFeed::whole(files_).end / most_stretches});
}

/// A last one that would be short is read with the one before it.
BlockFeed::Stretch ParsedDelivery::next_stretch(ReadSoFar const& so_far, std::uint64_t bytes) const
{
  std::uint64_t const all = BlockFeed::whole(files_).end;
  bool const is_last = all - so_far.position < bytes + bytes / 2;
  return {so_far.position, is_last ? all : so_far.position + bytes};
}

/// Consecutive shares to each rank, whoever has read them.
void ParsedDelivery::deal(DeliveryCheckpoint const& checkpoint)
{
  auto const shares = std::uint64_t{checkpoint.so_far().shares};
  auto const ranks = static_cast<std::uint64_t>(comm_.size());
  for (std::uint64_t share = 0; share < shares; ++share)
  {
    rank_of_share_.push_back(static_cast<int>(share * ranks / shares));
  }
  comm_.all_or_none("what was read",
                    [&]
                    {
                      bool const is_here = !threads_.empty();
                      for (std::uint32_t share = 0; !is_here && share < shares; ++share)
                      {
                        if (rank_of_share_[share] == comm_.rank())
                        {
                          take(checkpoint.load(share));
                        }
                      }
                    });
}

void ParsedDelivery::take(StagedShare share)
{
  for (std::uint32_t const run : share.withdrawn)
  {
    withdrawn_.insert(run_of_delivery(share.threads.front().worker.share, run));
  }
  for (std::size_t file = 0; file < read_.size(); ++file)
  {
    read_[file] += share.read[file];
  }
  std::ranges::move(share.threads, std::back_inserter(threads_));
  std::ranges::move(share.outcomes, std::back_inserter(outcomes_));
}

void ParsedDelivery::remove_stage(ThreadTeam& team)
{
  team.each(threads_.size(),
            [&](std::size_t number, int)
            {
              std::error_code ignored;
              std::filesystem::remove(run_path(folder_, threads_[number].worker), ignored);
              std::filesystem::remove(key_path(folder_, threads_[number].worker), ignored);
            });
}

}  // namespace tarifa
