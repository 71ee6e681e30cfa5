#pragma once

#include <filesystem>
#include <vector>

#include "pipeline/run/job.hpp"

namespace tarifa
{

/// The sole right to write some places: a result, a folder, a checkpoint. Two runs that write one place would
/// give each other's unfinished files their final names.
///
/// For each place the root holds a lock (flock) on the file "PLACE.claim", in which stands who it is. The
/// lock goes with the process, however it ends, so a file that a killed run left claims nothing. On a cluster
/// the file system must pass locks between nodes: NFSv4 does, Lustre when it is mounted with `flock`. Where
/// there are no locks the run is warned and goes on. Where the file cannot be made it goes on too: what the
/// job writes there will say why.
class Claim
{
 public:
  /// [all] Claims `places`, and the folder of --run.checkpoint when one is named. Error(usage) when another
  /// run that is alive holds one of them. An earlier try of the same Slurm job is waited for: its processes
  /// may be ending, or the file system has not missed their node yet.
  Claim(Run const& run, std::vector<std::filesystem::path> places);
  ~Claim();
  Claim(Claim const&) = delete;
  Claim& operator=(Claim const&) = delete;

 private:
  struct Held
  {
    std::filesystem::path path;
    int descriptor;
  };

  void take(Run const& run, std::filesystem::path const& place);
  void release() noexcept;

  std::vector<Held> held_;  ///< by the root
};

}  // namespace tarifa
