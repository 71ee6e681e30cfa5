#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/run/comm.hpp"
#include "pipeline/run/log.hpp"

namespace tarifa
{

/// Text files that all ranks write together, block by block, each byte once and at its final place.
///
/// Everything goes to FILE.partial; publish() renames all files of the set, so a run that stops half way
/// leaves no file that looks finished. The bytes depend on the blocks alone, not on ranks or threads.
class TextFiles
{
 public:
  /// Appends the text of one block to texts[i] for file i of the call. Called from any thread, in any order;
  /// may throw.
  using BlockText = std::function<void(std::int64_t block, std::span<std::string> texts)>;

  /// Lines and bytes are counted in the stage of the log.
  TextFiles(Comm const& comm, Log& log, std::filesystem::path folder, int threads);

  /// [all] Makes the folder; Error(usage) naming the first of `names` that exists there.
  void refuse_existing(std::vector<std::string> const& names) const;

  /// For the progress of the stage: what is written next is piece `piece` of `pieces` of about the same size.
  void next_piece(std::int64_t piece, std::int64_t pieces);

  /// [all] Writes `headers` and then blocks 0 .. blocks - 1 to the files. Memory: two blocks per thread.
  /// Returns the bytes of each file. Error(storage) when the disk refuses; the partial files are removed
  /// then.
  std::vector<std::int64_t> write(std::vector<std::string> const& names,
                                  std::vector<std::string> const& headers, std::int64_t blocks,
                                  BlockText const& block_text);

  /// [all] Gives every file written so far its name.
  void publish();

 private:
  std::vector<std::int64_t> write_blocks(std::vector<std::string> const& names,
                                         std::vector<std::string> const& headers, std::int64_t blocks,
                                         BlockText const& block_text) const;
  std::filesystem::path partial(std::string const& name) const { return folder_ / (name + ".partial"); }

  Comm const& comm_;
  Log& log_;
  std::filesystem::path folder_;
  int threads_;
  std::int64_t piece_ = 0, pieces_ = 1;
  std::vector<std::string> written_;
};

}  // namespace tarifa
