#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/run/job.hpp"

namespace tarifa
{

/// What a check of a whole archive came to; the same on every rank.
struct ArchiveCheck
{
  struct Table
  {
    std::string name;
    std::int64_t vintages = 0, partitions = 0, parts = 0, bytes = 0;
    std::int64_t rows = 0;        ///< in all parts
    std::int64_t superseded = 0;  ///< of them
    std::int64_t manifests_lost =
        0;                      ///< of its vintages: missing or unreadable, so their rows are not counted
    std::int64_t findings = 0;  ///< in parts
  };
  std::vector<Table> tables;
  std::vector<std::string> findings;  ///< what is wrong, in the order of the archive
  std::vector<std::string> notices;   ///< what is no damage: files of an unfinished run, or that no manifest
                                      ///< names, or that only their owner may read
};

/// [all] Reads every byte of every vintage of every table; parts are shared out over the ranks. A check that
/// was stopped goes on from `checkpoint`. Error(usage) when `archive` is no folder.
ArchiveCheck verify_archive(Run& run, std::filesystem::path const& archive,
                            std::filesystem::path const& checkpoint);

}  // namespace tarifa
