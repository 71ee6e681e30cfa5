#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "pipeline/ingest/block_feed.hpp"
#include "pipeline/ingest/block_parser.hpp"
#include "pipeline/run/log.hpp"
#include "pipeline/run/parallel.hpp"

namespace tarifa
{

/// Where a block ends: the next one of the file begins there.
struct BlockEnd
{
  std::uint32_t file = 0xFFFFFFFF;  ///< none yet
  std::uint64_t exit = 0;
  bool open = false;  ///< inside a rejected line
};

/// Has all threads of all ranks read one stretch of a delivery, a share each rank, and stage what they kept.
class ShareReader
{
 public:
  /// What is staged where.
  struct Staging
  {
    std::filesystem::path folder;
    AppendMode mode = AppendMode::write;
    std::uint64_t block_bytes = 0;    ///< of text a thread works on
    std::uint64_t stretch_bytes = 0;  ///< of text a thread reads between two places where the run may stop
    bool spills_keys = false;         ///< keys of the kept records are wanted
  };

  /// All of these must outlive the object.
  ShareReader(Comm const& comm, Source const& source, Reasons const& reasons,
              std::vector<InputFile> const& files);

  /// [all] `share` is the number of this rank's share, `before` the end of what was read before, which
  /// becomes the end of this stretch.
  StagedShare read(ThreadTeam& team, Log& log, Staging const& staging, BlockFeed::Stretch const& stretch,
                   std::uint32_t share, BlockEnd& before);

 private:
  void parse_blocks(ThreadTeam& team, Log& log, BlockFeed& feed, BlockFeed::Stretch const& stretch);
  BlockEnd mend_guesses(BlockFeed& feed, BlockEnd const& before);  ///< [all]
  std::int64_t mend_here(BlockFeed& feed, BlockEnd before);

  Comm const& comm_;
  Source const& source_;
  Reasons const& reasons_;
  std::vector<InputFile> const& files_;
  std::vector<HeaderMatch> headers_;  ///< [files]
  std::vector<std::size_t> fields_;   ///< [files]
  std::vector<std::unique_ptr<BlockParser>> parsers_;
  StagedShare share_;
};

}  // namespace tarifa
