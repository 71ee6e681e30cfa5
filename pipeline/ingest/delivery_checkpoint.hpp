#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/ingest/share_reader.hpp"
#include "pipeline/resume/checkpoint.hpp"

namespace tarifa
{

/// How far a delivery is read.
struct ReadSoFar
{
  std::uint64_t position = 0;  ///< in the delivery, as BlockFeed counts
  std::uint32_t shares = 0;
  BlockEnd end;  ///< of the last block
};

/// The shares of a delivery that are read: what they staged stands in the scratch folder, and a piece for
/// each says what it is. A run that is stopped or killed leaves both, and the next one goes on behind them.
class DeliveryCheckpoint
{
 public:
  /// [all] Goes on from what an earlier run left, unless a file of it is gone or cut short: then that is told
  /// and all is read again. `scratch` is emptied of what is not to be used. With `resumes` false nothing is
  /// kept, no request to stop is heard, and the delivery must be read in one stretch.
  DeliveryCheckpoint(Run& run, std::filesystem::path scratch, bool resumes, std::vector<Note> const& made_of);

  ReadSoFar const& so_far() const noexcept { return so_far_; }

  /// [all] One more share of each rank is read, numbers from so_far().shares on. Everything is on disk when
  /// Checkpoint::due() said so.
  void keep(StagedShare const& share, ReadSoFar const& now);
  StagedShare load(std::uint32_t share) const;  ///< Error(storage) when it is damaged

  /// [all] Error(stopped) when any rank was asked to stop, with everything kept on disk.
  void stop_if_asked(std::string_view progress);

  /// Whether there is something on disk from which another run can go on.
  bool is_on_disk() const noexcept { return is_on_disk_; }
  bool resumes() const noexcept { return resumes_; }
  void remove();  ///< [all] the delivery has become a vintage

 private:
  void read_units();
  bool is_whole(std::uint32_t share) const;
  void write_down();  ///< [all]

  Run const& run_;
  std::filesystem::path scratch_;
  bool resumes_;
  Checkpoint checkpoint_;
  ReadSoFar so_far_;
  std::vector<std::string> notes_;                          ///< [shares] of the pieces
  std::vector<StagedWorker> not_synced_;                    ///< of this rank
  std::vector<std::pair<std::string, std::string>> units_;  ///< not yet written down
  bool is_on_disk_ = false;
};

}  // namespace tarifa
