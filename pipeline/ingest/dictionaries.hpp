#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/ingest/staged_share.hpp"
#include "pipeline/run/comm.hpp"
#include "pipeline/run/parallel.hpp"

namespace tarifa
{

/// Sorted dictionaries of a delivery: what the provisional codes of every worker mean.
class Dictionaries
{
 public:
  /// [all] Writes the texts of this rank's threads to the stage folder and reads those of all. `partitions`
  /// are the names of all partitions, sorted.
  Dictionaries(Comm const& comm, ThreadTeam& team, std::filesystem::path const& stage_folder,
               std::vector<StagedThread> const& threads, std::vector<std::string> const& partitions,
               std::size_t columns);

  /// One partition's dictionary of each code column, and the way from provisional codes to its positions.
  struct Partition
  {
    /// [columns] sorted bytewise; empty unless kind code; owned by the Dictionaries.
    std::vector<std::vector<std::string_view>> texts;
    /// [columns][workers][provisional code] position in texts; 0 for codes not used here
    std::vector<std::vector<std::vector<std::uint32_t>>> positions;
  };
  Partition partition(std::size_t number) const;  ///< thread-safe

  std::size_t worker(StagedWorker worker) const
  {
    return static_cast<std::size_t>(std::ranges::lower_bound(workers_, worker) - workers_.begin());
  }

 private:
  struct Column
  {
    std::string text;                                 ///< all texts of all workers in order, end to end
    std::vector<std::string_view> sorted;             ///< the same one by one, without repeats
    std::vector<std::vector<std::uint32_t>> place;    ///< [workers][code] position in sorted
    std::vector<std::vector<std::string_view>> used;  ///< [workers][partitions][code] 0 or 1
  };
  struct Entry;

  void read(ThreadTeam& team, std::filesystem::path const& stage_folder, std::size_t partitions);
  std::vector<std::vector<Entry>> load(std::size_t worker, std::size_t partitions);
  static void merge(std::vector<std::vector<Entry>> entries, Column& column);

  std::vector<Column> columns_;
  std::vector<StagedWorker> workers_;  ///< of all ranks, sorted
  std::vector<std::string> files_;     ///< [workers] own the flags of use
};

}  // namespace tarifa
