#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <vector>

#include "pipeline/ingest/block_feed.hpp"
#include "pipeline/ingest/block_parser.hpp"
#include "pipeline/run/log.hpp"
#include "pipeline/run/parallel.hpp"

namespace tarifa
{

/// All files of a delivery, read once by all threads of all ranks: judged, and staged for what follows.
class ParsedDelivery
{
 public:
  /// All of these must outlive the object.
  ParsedDelivery(Comm const& comm, Source const& source, Reasons const& reasons,
                 std::vector<InputFile> const& files);

  /// What is staged where.
  struct Staging
  {
    std::filesystem::path folder;
    AppendMode mode = AppendMode::write;
    std::uint64_t block_bytes = 0;  ///< of text a thread works on
    bool spills_keys = false;       ///< keys of the kept records are wanted
  };
  void parse(ThreadTeam& team, Log& log, Staging const& staging);  ///< [all]

  /// Removes what this rank staged, once no rank needs it. The file system lets go of gigabytes at the pace
  /// of one thread per file.
  void remove_stage(ThreadTeam& team);

  /// [threads] of this rank, with the rows, codes and keys they staged.
  std::vector<std::unique_ptr<BlockParser>> const& parsers() const noexcept { return parsers_; }
  std::vector<BlockOutcome> const& outcomes() const noexcept { return outcomes_; }  ///< [blocks of this rank]
  std::set<std::uint32_t> const& withdrawn() const noexcept
  {
    return withdrawn_;
  }                                                                          ///< runs that do not count
  std::vector<ContentDigest> const& read() const noexcept { return read_; }  ///< [files] of this rank

 private:
  void parse_blocks(ThreadTeam& team, Log& log, BlockFeed& feed);
  void mend_guesses(BlockFeed& feed);
  std::int64_t mend_here(BlockFeed& feed, std::vector<std::int64_t> const& ends);

  Comm const& comm_;
  Source const& source_;
  Reasons const& reasons_;
  std::vector<InputFile> const& files_;
  std::vector<HeaderMatch> headers_;  ///< [files]
  std::vector<std::size_t> fields_;   ///< [files]
  std::vector<std::unique_ptr<BlockParser>> parsers_;
  std::vector<BlockOutcome> outcomes_;
  std::set<std::uint32_t> withdrawn_;
  std::vector<ContentDigest> read_;
};

}  // namespace tarifa
