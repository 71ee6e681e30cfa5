#include "pipeline/ingest/block_feed.hpp"

#include <algorithm>

namespace tarifa
{
namespace
{

/// [bytes] Read beyond a block at first: enough for the end of most records. The record limit is far more,
/// and what is read should not depend on it.
constexpr std::size_t usual_tail = 16U << 10U;
/// What is read beyond a block grows by this factor each time it was too little.
constexpr std::size_t tail_growth = 4;

/// Places of a file.
std::uint64_t weight(InputFile const& file)
{
  return file.seekable ? file.bytes_on_disk : file.bytes_on_disk * usual_compression;
}

}  // namespace

BlockFeed::Stretch BlockFeed::whole(std::vector<InputFile> const& files)
{
  Stretch all;
  for (InputFile const& file : files)
  {
    all.end += weight(file);
  }
  return all;
}

std::uint64_t BlockFeed::largest_piece(std::vector<InputFile> const& files)
{
  std::uint64_t largest = 0;
  for (InputFile const& file : files)
  {
    largest = std::max(largest, file.seekable ? 0 : weight(file));
  }
  return largest;
}

std::uint64_t BlockFeed::next_begin(std::vector<InputFile> const& files, std::uint64_t block_bytes,
                                    std::uint64_t place)
{
  std::uint64_t before = 0;
  for (InputFile const& file : files)
  {
    if (place <= before)
    {
      return before;
    }
    std::uint64_t const begin = (place - before + block_bytes - 1) / block_bytes * block_bytes;
    if (file.seekable && begin < file.bytes_on_disk)
    {
      return before + begin;
    }
    before += weight(file);
  }
  return before;
}

BlockFeed::BlockFeed(Comm const& comm, Source const& source, std::vector<InputFile> const& files,
                     std::uint64_t block_bytes, Stretch stretch)
    : source_(source)
    , files_(files)
    , block_bytes_(block_bytes)
    , longest_tail_(source.dialect.record_limit_bytes)
    , first_tail_(std::min(usual_tail, longest_tail_))
    , stream_tail_(first_tail_)
    , read_(files.size())
{
  // A block belongs to the rank in whose equal share of the bytes it begins.
  auto const ranks = static_cast<std::uint64_t>(comm.size());
  auto const is_mine = [&](std::uint64_t place)
  {
    return place >= stretch.begin && place < stretch.end
           && static_cast<int>(static_cast<UInt128>(place - stretch.begin) * ranks
                               / (stretch.end - stretch.begin))
                  == comm.rank();
  };
  std::uint64_t before = 0;
  for (std::uint32_t f = 0; f < files.size(); ++f)
  {
    InputFile const& file = files[f];
    std::uint64_t const step = file.seekable ? block_bytes : std::max<std::uint64_t>(file.bytes_on_disk, 1);
    std::uint64_t const skipped = stretch.begin > before ? (stretch.begin - before) / step * step : 0;
    for (std::uint64_t begin = skipped; begin < file.bytes_on_disk; begin += step)
    {
      if (!is_mine(before + (file.seekable ? begin : 0)))
      {
        continue;
      }
      std::uint64_t const end = std::min(begin + step, file.bytes_on_disk);
      share_bytes_ += end - begin;
      if (!pieces_.empty() && pieces_.back().file == f && pieces_.back().end == begin)
      {
        pieces_.back().end = end;
      }
      else
      {
        pieces_.push_back({f, begin, end});
      }
    }
    before += weight(file);
  }
}

bool BlockFeed::next(Block& block)
{
  std::unique_lock lock(mutex_);
  while (piece_ < pieces_.size())
  {
    bool const found =
        files_[pieces_[piece_].file].seekable ? next_plain(block, lock) : next_compressed(block);
    if (found)
    {
      return true;
    }
    ++piece_;
    at_ = 0;
    plain_.reset();
    stream_.reset();
  }
  return false;
}

bool BlockFeed::next_plain(Block& block, std::unique_lock<std::mutex>& lock)
{
  Piece const piece = pieces_[piece_];
  std::uint64_t const begin = std::max(at_, piece.begin);
  if (begin >= piece.end)
  {
    return false;
  }
  if (!plain_)
  {
    plain_ = std::make_shared<PlainFile>(open_plain(piece.file));
  }
  std::uint64_t const end = std::min(begin + block_bytes_, piece.end);
  at_ = end;
  block.number = blocks_++;
  handed_out_ += end - begin;
  std::shared_ptr<PlainFile> const file = plain_;
  lock.unlock();
  fill_plain(block, *file, piece.file, begin, end);
  guess(block);
  std::string_view const own = block.text.text.substr(begin - block.text.offset, end - begin);
  ContentDigest digest;
  digest.add(begin, own);
  lock.lock();
  read_[piece.file] += digest;
  return true;
}

PlainFile BlockFeed::open_plain(std::uint32_t number) const
{
  InputFile const& input = files_[number];
  PlainFile file(input.path);
  require(file.bytes() == input.bytes_on_disk, Fault::storage,
          input.path.string() + ": the file changed while it was read. Ingest it when it is complete.");
  return file;
}

void BlockFeed::fill_plain(Block& block, PlainFile const& file, std::uint32_t number, std::uint64_t begin,
                           std::uint64_t end) const
{
  // One byte before the block tells whether the block begins on a fresh line.
  std::uint64_t const offset = begin > 0 ? begin - 1 : 0;
  std::uint64_t const limit = std::min(end + first_tail_, file.bytes());
  block.buffer.resize(std::max<std::size_t>(block.buffer.size(), limit - offset));
  std::size_t const got = file.read_at(offset, block.buffer.data(), limit - offset);
  block.text.file = number;
  block.text.begin = begin;
  block.text.offset = offset;
  block.text.text = {block.buffer.data(), got};
  block.text.from = begin - offset;
  block.text.stop = end - offset;
  block.text.at_end = limit == file.bytes();
}

/// Brings the text of a block of a compressed file to `size` bytes, fewer at the end of the file. The stream
/// is decompressed from its beginning: `skip` bytes are passed over.
void BlockFeed::fill_compressed(Block& block, std::uint32_t number, std::uint64_t skip,
                                std::size_t size) const
{
  InputFile const& file = files_[number];
  auto const stream = ByteSource::open(file.path);
  std::vector<char> passed(std::size_t{256} << 10U);
  while (skip > 0)
  {
    std::size_t const got = stream->read(passed.data(), std::min<std::uint64_t>(skip, passed.size()));
    require(got > 0, Fault::storage, file.path.string() + ": the file became shorter while it was read");
    skip -= got;
  }
  std::size_t filled = block.text.text.size();
  block.buffer.resize(std::max(block.buffer.size(), size));
  while (filled < size && !block.text.at_end)
  {
    std::size_t const got = stream->read(block.buffer.data() + filled, size - filled);
    block.text.at_end = got == 0;
    filled += got;
  }
  block.text.text = {block.buffer.data(), filled};
}

void BlockFeed::guess(Block& block) const
{
  std::uint64_t const header = files_[block.text.file].header_bytes;
  BlockText& text = block.text;
  std::uint64_t const begin = text.offset + text.from;
  if (begin <= header)
  {
    text.from = header - text.offset;
    return;
  }
  RecordScanner const scanner(source_.dialect, files_[text.file].fields);
  text.from = scanner.guess_start(text.text, text.from);
}

bool BlockFeed::next_compressed(Block& block)
{
  Piece const piece = pieces_[piece_];
  if (!stream_)
  {
    stream_ = ByteSource::open(files_[piece.file].path);
    stream_at_end_ = false;
    carried_.clear();
  }
  // The buffer holds one byte of the block before, the block, and what is read beyond it, which is carried
  // on.
  std::uint64_t const begin = at_;
  std::size_t const lead = begin > 0 ? 1 : 0;
  std::size_t const room = lead + block_bytes_ + stream_tail_;
  block.buffer.resize(std::max<std::size_t>(block.buffer.size(), room));
  std::copy(carried_.begin(), carried_.end(), block.buffer.begin());
  std::size_t filled = carried_.size();
  while (filled < room && !stream_at_end_)
  {
    std::size_t const got = stream_->read(block.buffer.data() + filled, room - filled);
    stream_at_end_ = got == 0;
    filled += got;
  }
  if (filled <= lead)
  {
    return false;
  }
  std::size_t const stop = std::min<std::size_t>(lead + block_bytes_, filled);
  carried_.assign(block.buffer.begin() + static_cast<std::ptrdiff_t>(stop - 1),
                  block.buffer.begin() + static_cast<std::ptrdiff_t>(filled));
  at_ = begin + (stop - lead);
  block.number = blocks_++;
  handed_out_ = share_bytes_ * piece_ / pieces_.size();
  block.text = {piece.file, begin, begin - lead, {block.buffer.data(), filled}, lead, stop, stream_at_end_};
  read_[piece.file].add(begin, block.text.text.substr(lead, stop - lead));
  guess(block);
  return true;
}

void BlockFeed::again(Block& block, std::uint32_t number, std::uint64_t begin, std::uint64_t start) const
{
  InputFile const& file = files_[number];
  block.text = {number, begin, begin, {}, start - begin, block_bytes_, false};
  if (start >= begin + block_bytes_)
  {
    return;  // a record or a rejected line goes on through the whole block
  }
  if (file.seekable)
  {
    PlainFile const plain = open_plain(number);
    fill_plain(block, plain, number, begin, std::min(begin + block_bytes_, plain.bytes()));
  }
  else
  {
    // Rare: a compressed file in which a guess was wrong is decompressed again up to the block.
    fill_compressed(block, number, begin, block_bytes_ + first_tail_);
    block.text.stop = std::min<std::size_t>(block_bytes_, block.text.text.size());
  }
  block.text.from = start - block.text.offset;
}

bool BlockFeed::lengthen(Block& block)
{
  BlockText& text = block.text;
  std::size_t const tail = text.text.size() - text.stop;
  if (text.at_end || tail >= longest_tail_)
  {
    return false;
  }
  std::size_t const next_tail = std::min(longest_tail_, tail_growth * tail);
  if (files_[text.file].seekable)
  {
    PlainFile const file = open_plain(text.file);
    std::size_t const had = text.text.size();
    std::size_t const size = std::min<std::uint64_t>(text.stop + next_tail, file.bytes() - text.offset);
    block.buffer.resize(std::max(block.buffer.size(), size));
    file.read_at(text.offset + had, block.buffer.data() + had, size - had);
    text.text = {block.buffer.data(), size};
    text.at_end = text.offset + size == file.bytes();
    return true;
  }
  fill_compressed(block, text.file, text.offset + text.text.size(), text.stop + next_tail);
  std::scoped_lock const lock(mutex_);
  stream_tail_ = std::max(stream_tail_, next_tail);
  return true;
}

}  // namespace tarifa
