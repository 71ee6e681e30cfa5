#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "pipeline/csv/byte_source.hpp"
#include "pipeline/ingest/block_parser.hpp"
#include "pipeline/run/comm.hpp"
#include "pipeline/run/huge_pages.hpp"

namespace tarifa
{

/// One input file and its header.
struct InputFile
{
  std::filesystem::path path;
  bool seekable = true;
  std::uint64_t bytes_on_disk = 0;
  std::uint64_t header_bytes = 0;  ///< byte order mark and header line: where the first record begins
  std::size_t fields = 0;
  HeaderMatch header;
};

/// [all] Opens every file on the root, reads and matches its header, and tells all ranks. Error(storage) for
/// a file that cannot be read or is none (a pipe, a device), Error(data) for an empty file, one that is no
/// text or a header that does not match, Error(usage) for a file given twice; all faults of all files at
/// once.
std::vector<InputFile> examine_inputs(Comm const& comm, Source const& source,
                                      std::vector<std::filesystem::path> const& paths);

/// Digest of the whole decompressed file as BlockFeed::read() adds it up over blocks and ranks. [low, high]
std::array<std::uint64_t, 2> file_digest(std::filesystem::path const& path);

/// Hands the blocks of this rank's share of the input to threads. The share of a rank is a contiguous stretch
/// of the input, so that rank order is row order; a compressed file is one piece.
class BlockFeed
{
 public:
  static constexpr std::uint64_t digest_piece_bytes = 1U << 18U;

  BlockFeed(Comm const& comm, Source const& source, std::vector<InputFile> const& files,
            std::uint64_t block_bytes);  ///< `block_bytes` is a multiple of digest_piece_bytes

  struct Block
  {
    std::size_t number = 0;  ///< among the blocks of this rank, in input order
    BlockText text;
    std::vector<char, HugePageAllocator<char>> buffer;  ///< owns the text; reused from block to block
  };

  /// Next block of this rank, or false. Thread-safe.
  bool next(Block& block);
  /// The same block once more, to be parsed from file offset `start`.
  void again(Block& block, std::uint32_t file, std::uint64_t begin, std::uint64_t start) const;

  /// Decompressed bytes this rank has read, and their digest: the sum over 256 KiB pieces of XXH3-128 seeded
  /// with the number of the piece, so that no order of reading matters. [files][bytes, digest low, digest
  /// high]
  std::vector<std::array<std::uint64_t, 3>> const& read() const noexcept { return read_; }
  std::uint64_t bytes_total() const noexcept { return share_bytes_; }
  std::uint64_t bytes_handed_out() const noexcept { return handed_out_; }

 private:
  struct Piece
  {
    std::uint32_t file;
    std::uint64_t begin, end;  ///< plain files: bytes of this rank's stretch; compressed: all
  };
  bool next_plain(Block& block, std::unique_lock<std::mutex>& lock);
  bool next_compressed(Block& block);
  void fill_plain(Block& block, PlainFile const& file, std::uint32_t number, std::uint64_t begin,
                  std::uint64_t end) const;
  void guess(Block& block) const;
  static std::array<std::uint64_t, 3> digest(std::uint64_t begin, std::string_view text);
  void add(std::uint32_t file, std::array<std::uint64_t, 3> const& sums);

  Source const& source_;
  std::vector<InputFile> const& files_;
  std::uint64_t block_bytes_;
  std::uint64_t margin_;
  std::vector<Piece> pieces_;
  std::mutex mutex_;
  std::size_t piece_ = 0;
  std::uint64_t at_ = 0;
  std::size_t blocks_ = 0;
  std::shared_ptr<PlainFile> plain_;
  std::unique_ptr<ByteSource> stream_;
  std::vector<char> carried_;  ///< read ahead of the block that was handed out
  bool stream_at_end_ = false;
  std::vector<std::array<std::uint64_t, 3>> read_;
  std::uint64_t share_bytes_ = 0;
  std::uint64_t handed_out_ = 0;
};

}  // namespace tarifa
