#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "pipeline/csv/byte_source.hpp"
#include "pipeline/ingest/block_parser.hpp"
#include "pipeline/ingest/content_digest.hpp"
#include "pipeline/ingest/input_files.hpp"
#include "pipeline/run/huge_pages.hpp"

namespace tarifa
{

/// Hands the blocks of this rank's share of one stretch of the input to threads. A share is contiguous; a
/// compressed file is one piece.
class BlockFeed
{
 public:
  /// Places of a delivery [begin, end): bytes of its files one after the other, a compressed file counting as
  /// some times its size. A block belongs where it begins.
  struct Stretch
  {
    std::uint64_t begin = 0, end = 0;
  };
  static Stretch whole(std::vector<InputFile> const& files);
  /// Places of the largest file that cannot be divided; 0 when there is none.
  static std::uint64_t largest_piece(std::vector<InputFile> const& files);
  /// The next place at or behind `place` where a block begins; the end of the delivery when there is none.
  static std::uint64_t next_begin(std::vector<InputFile> const& files, std::uint64_t block_bytes,
                                  std::uint64_t place);

  /// `block_bytes` is a multiple of ContentDigest::piece_bytes.
  BlockFeed(Comm const& comm, Source const& source, std::vector<InputFile> const& files,
            std::uint64_t block_bytes, Stretch stretch);

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
  /// Has the text of a block, which at first reaches a little beyond it only, reach further, up to the record
  /// limit; false when it reaches so far or to the end of the file already. Thread-safe.
  bool lengthen(Block& block);

  /// [files] What this rank has read of each.
  std::vector<ContentDigest> const& read() const noexcept { return read_; }
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
  PlainFile open_plain(std::uint32_t number) const;
  void fill_plain(Block& block, PlainFile const& file, std::uint32_t number, std::uint64_t begin,
                  std::uint64_t end) const;
  void fill_compressed(Block& block, std::uint32_t number, std::uint64_t skip, std::size_t size) const;
  void guess(Block& block) const;

  Source const& source_;
  std::vector<InputFile> const& files_;
  std::uint64_t block_bytes_;
  std::size_t longest_tail_, first_tail_;  ///< [bytes] what is at most and at first read beyond a block
  std::vector<Piece> pieces_;
  std::mutex mutex_;
  std::size_t piece_ = 0;
  std::uint64_t at_ = 0;
  std::size_t blocks_ = 0;
  std::shared_ptr<PlainFile> plain_;
  std::unique_ptr<ByteSource> stream_;
  std::vector<char> carried_;  ///< read ahead of the block that was handed out
  /// [bytes] read beyond a block of a compressed file, where more has to be decompressed once again. Grows
  /// with what turned out to be needed.
  std::size_t stream_tail_;
  bool stream_at_end_ = false;
  std::vector<ContentDigest> read_;
  std::uint64_t share_bytes_ = 0;
  std::atomic<std::uint64_t> handed_out_ = 0;
};

}  // namespace tarifa
