#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "pipeline/ingest/delivery_checkpoint.hpp"
#include "pipeline/ingest/share_reader.hpp"

namespace tarifa
{

/// All files of a delivery, read once by all threads of all ranks: judged, and staged for what follows.
class ParsedDelivery
{
 public:
  /// All of these must outlive the object.
  ParsedDelivery(Comm const& comm, Source const& source, Reasons const& reasons,
                 std::vector<InputFile> const& files);

  /// [all] Goes on behind what the checkpoint has. Error(stopped) between two stretches.
  void parse(ThreadTeam& team, Log& log, ShareReader::Staging const& staging, DeliveryCheckpoint& checkpoint);

  /// Removes what this rank staged, once no rank needs it. The file system lets go of gigabytes at the pace
  /// of one thread per file.
  void remove_stage(ThreadTeam& team);

  /// Of the shares of this rank, in the order of the delivery; ranks have consecutive shares.
  std::vector<StagedThread> const& threads() const noexcept { return threads_; }
  std::vector<BlockOutcome> const& outcomes() const noexcept { return outcomes_; }
  std::set<std::uint64_t> const& withdrawn() const noexcept { return withdrawn_; }  ///< run_of_delivery
  std::vector<ContentDigest> const& read() const noexcept { return read_; }         ///< [files]
  std::vector<int> const& rank_of_share() const noexcept { return rank_of_share_; }

 private:
  std::uint64_t usual_stretch(ThreadTeam const& team, ShareReader::Staging const& staging) const;
  BlockFeed::Stretch next_stretch(ReadSoFar const& so_far, std::uint64_t bytes) const;
  void deal(DeliveryCheckpoint const& checkpoint);
  void take(StagedShare share);

  Comm const& comm_;
  std::vector<InputFile> const& files_;
  ShareReader reader_;
  std::filesystem::path folder_;
  std::vector<StagedThread> threads_;
  std::vector<BlockOutcome> outcomes_;
  std::set<std::uint64_t> withdrawn_;
  std::vector<ContentDigest> read_;
  std::vector<int> rank_of_share_;
};

}  // namespace tarifa
