#include "pipeline/ingest/input.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <set>

#include <nlohmann/json.hpp>
#include <xxhash.h>

namespace tarifa
{
namespace
{

constexpr std::size_t header_limit_bytes = 1U << 20U;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
/// A compressed file counts as this many times its size when shares are cut: text shrinks about so much.
constexpr std::uint64_t usual_compression = 6;

struct HeaderLine
{
  std::vector<std::string> names;
  std::size_t end = 0;
};

/// Cuts the first record: quotes and doubled quotes as in every record, ended by LF or the end of the file.
HeaderLine cut_header(std::string_view text, Dialect const& dialect)
{
  HeaderLine header;
  std::string name;
  bool quoted = false;
  std::size_t at = 0;
  for (; at < text.size(); ++at)
  {
    char const byte = text[at];
    if (quoted)
    {
      bool const doubled = byte == dialect.quote && at + 1 < text.size() && text[at + 1] == dialect.quote;
      at += static_cast<std::size_t>(doubled);
      quoted = byte != dialect.quote || doubled;
      if (quoted)
      {
        name += byte;
      }
    }
    else if (dialect.quote != 0 && byte == dialect.quote && name.empty())
    {
      quoted = true;
    }
    else if (byte == dialect.delimiter)
    {
      header.names.push_back(std::exchange(name, {}));
    }
    else if (byte == '\n')
    {
      ++at;
      break;
    }
    else
    {
      name += byte;
    }
  }
  if (!name.empty() && name.back() == '\r')
  {
    name.pop_back();
  }
  header.names.push_back(name);
  header.end = at;
  return header;
}

/// A pipe can be read once only and may wait for its writer for ever.
void require_file(std::filesystem::path const& path)
{
  std::error_code ignored;  // what cannot even be looked at is told when it is opened
  std::filesystem::file_status const status = std::filesystem::status(path, ignored);
  bool const is_other = std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)
                        && !std::filesystem::is_directory(status);
  require(!is_other, Fault::storage,
          path.string() + ": not a regular file (copy what it delivers into a file)");
}

/// What the first bytes are instead of CSV text, with what to do; "" when they may be text.
std::string_view foreign_format(std::string_view start)
{
  if (start.starts_with("\x1F\x8B"))
  {
    return "holds gzip data (let its name end in .gz, or unpack it)";
  }
  if (start.starts_with("\x28\xB5\x2F\xFD"))
  {
    return "holds zstd data (let its name end in .zst, or unpack it)";
  }
  if (start.starts_with("PK\x03\x04"))
  {
    return "is a zip archive or a spreadsheet (unpack it, or save the sheet as CSV)";
  }
  constexpr char nul = '\0';
  bool const has_mark = start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF");
  bool const alternates = start.size() >= 4
                          && ((start[0] != nul && start[1] == nul && start[2] != nul && start[3] == nul)
                              || (start[0] == nul && start[1] != nul && start[2] == nul && start[3] != nul));
  if (has_mark || alternates)
  {
    return "is text in UTF-16 (convert it first: iconv -f UTF-16 -t UTF-8)";
  }
  std::size_t const line_return = start.find('\r');
  bool const by_return = start.find('\n') == std::string_view::npos && line_return != std::string_view::npos
                         && line_return + 1 < start.size();
  return by_return ? "has lines that end with CR alone (convert it first: tr '\\r' '\\n')" : "";
}

InputFile examine(Source const& source, std::filesystem::path const& path)
{
  require_file(path);
  InputFile file;
  file.path = path;
  file.seekable = ByteSource::is_seekable(path);
  auto const stream = ByteSource::open(path);
  file.bytes_on_disk = std::filesystem::file_size(path);
  std::string start(header_limit_bytes, '\0');
  std::size_t filled = 0;
  while (filled < start.size())
  {
    std::size_t const got = stream->read(start.data() + filled, start.size() - filled);
    if (got == 0)
    {
      break;
    }
    filled += got;
  }
  start.resize(filled);
  require(!start.empty(), Fault::data,
          path.string() + ": the file is empty, not even a header line. Was the export complete?");
  std::string_view const foreign = foreign_format(start);
  require(foreign.empty(), Fault::data, path.string() + ": " + std::string(foreign));
  std::size_t const skip = start.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  HeaderLine header = cut_header(std::string_view(start).substr(skip), source.dialect);
  require(skip + header.end < header_limit_bytes, Fault::data,
          path.string()
              + ": the header line does not end within 1 MiB. Is this a text file with the declared quote?");
  if (source.encoding == Encoding::latin1)
  {
    for (std::string& name : header.names)
    {
      std::string utf8;
      append_latin1_as_utf8(name, utf8);
      name = utf8;
    }
  }
  file.header_bytes = skip + header.end;
  file.fields = header.names.size();
  try
  {
    file.header = match_header(source, header.names);
  }
  catch (Error const& error)
  {
    throw error.within(path.string());
  }
  return file;
}

nlohmann::json to_json(InputFile const& file)
{
  return {{"path", file.path.string()},  {"seekable", file.seekable},
          {"bytes", file.bytes_on_disk}, {"header", file.header_bytes},
          {"fields", file.fields},       {"field_of_column", file.header.field_of_column},
          {"unused", file.header.unused}};
}

InputFile from_json(nlohmann::json const& json)
{
  InputFile file;
  file.path = json["path"].get<std::string>();
  file.seekable = json["seekable"];
  file.bytes_on_disk = json["bytes"];
  file.header_bytes = json["header"];
  file.fields = json["fields"];
  file.header.field_of_column = json["field_of_column"].get<std::vector<int>>();
  file.header.unused = json["unused"].get<std::vector<std::string>>();
  return file;
}

}  // namespace

std::vector<InputFile> examine_inputs(Comm const& comm, Source const& source,
                                      std::vector<std::filesystem::path> const& paths)
{
  std::string const text = comm.all_or_none(
      "input files",
      [&]
      {
        nlohmann::json list = nlohmann::json::array();
        if (comm.is_root())
        {
          std::optional<Error> fault;
          std::set<std::filesystem::path> seen;
          for (auto const& path : paths)
          {
            try
            {
              std::error_code ignored;
              require(seen.insert(std::filesystem::weakly_canonical(path, ignored)).second, Fault::usage,
                      path.string() + ": the file is given twice, its records would count twice");
              list.push_back(to_json(examine(source, path)));
            }
            catch (Error const& error)
            {
              fault =
                  fault ? Error(fault->fault(), std::string(fault->what()) + "\n  " + error.what()) : error;
            }
          }
          if (fault)
          {
            throw *fault;
          }
        }
        return list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      });
  std::vector<InputFile> files;
  for (auto const& entry : nlohmann::json::parse(comm.broadcast(text, 0)))
  {
    files.push_back(from_json(entry));
  }
  return files;
}

std::array<std::uint64_t, 2> file_digest(std::filesystem::path const& path)
{
  auto const stream = ByteSource::open(path);
  std::vector<char> piece(BlockFeed::digest_piece_bytes);
  std::array<std::uint64_t, 2> sums{};
  for (std::uint64_t number = 0;; ++number)
  {
    std::size_t const got = stream->read(piece.data(), piece.size());
    if (got == 0)
    {
      return sums;
    }
    XXH128_hash_t const hash = XXH3_128bits_withSeed(piece.data(), got, number);
    sums[0] += hash.low64;
    sums[1] += hash.high64;
  }
}

BlockFeed::BlockFeed(Comm const& comm, Source const& source, std::vector<InputFile> const& files,
                     std::uint64_t block_bytes)
    : source_(source)
    , files_(files)
    , block_bytes_(block_bytes)
    , margin_(source.dialect.record_limit_bytes + 2)
    , read_(files.size())
{
  auto const weight = [](InputFile const& file)
  { return file.seekable ? file.bytes_on_disk : file.bytes_on_disk * usual_compression; };
  std::uint64_t total = 0;
  for (InputFile const& file : files)
  {
    total += weight(file);
  }
  // A block belongs to the rank in whose equal share of the bytes it begins.
  auto const ranks = static_cast<std::uint64_t>(comm.size());
  auto const owner = [&](std::uint64_t place)
  { return static_cast<int>(static_cast<UInt128>(place) * ranks / std::max<std::uint64_t>(total, 1)); };
  std::uint64_t before = 0;
  for (std::uint32_t f = 0; f < files.size(); ++f)
  {
    InputFile const& file = files[f];
    std::uint64_t const step = file.seekable ? block_bytes : std::max<std::uint64_t>(file.bytes_on_disk, 1);
    for (std::uint64_t begin = 0; begin < file.bytes_on_disk; begin += step)
    {
      if (owner(before + (file.seekable ? begin : 0)) != comm.rank())
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
    plain_ = std::make_shared<PlainFile>(files_[piece.file].path);
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
  std::array<std::uint64_t, 3> const sums = digest(begin, own);
  lock.lock();
  add(piece.file, sums);
  return true;
}

void BlockFeed::fill_plain(Block& block, PlainFile const& file, std::uint32_t number, std::uint64_t begin,
                           std::uint64_t end) const
{
  // One byte before the block tells whether the block begins on a fresh line.
  std::uint64_t const offset = begin > 0 ? begin - 1 : 0;
  std::uint64_t const limit = std::min(end + margin_, file.bytes());
  require(file.bytes() >= end, Fault::storage,
          files_[number].path.string() + ": the file became shorter while it was read");
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

void BlockFeed::guess(Block& block) const
{
  std::uint64_t const header = files_[block.text.file].header_bytes;
  BlockText& text = block.text;
  std::uint64_t const begin = text.offset + text.from;
  if (begin <= header)
  {
    text.from = std::min<std::uint64_t>(header - text.offset, text.text.size());
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
  // The buffer holds one byte of the block before, the block, and the margin; the last two parts are carried
  // on.
  std::uint64_t const begin = at_;
  std::size_t const lead = begin > 0 ? 1 : 0;
  std::size_t const room = lead + block_bytes_ + margin_;
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
  add(piece.file, digest(begin, block.text.text.substr(lead, stop - lead)));
  guess(block);
  return true;
}

void BlockFeed::again(Block& block, std::uint32_t number, std::uint64_t begin, std::uint64_t start) const
{
  InputFile const& file = files_[number];
  if (file.seekable)
  {
    PlainFile const plain(file.path);
    fill_plain(block, plain, number, begin, std::min(begin + block_bytes_, plain.bytes()));
  }
  else
  {
    // Rare: a compressed file in which a guess was wrong is decompressed again up to the block.
    auto const stream = ByteSource::open(file.path);
    block.buffer.resize(block_bytes_ + margin_);
    std::uint64_t at = 0;
    while (at < begin)
    {
      std::size_t const got =
          stream->read(block.buffer.data(), std::min<std::uint64_t>(begin - at, block.buffer.size()));
      require(got > 0, Fault::storage, file.path.string() + ": the file became shorter while it was read");
      at += got;
    }
    std::size_t filled = 0;
    bool at_end = false;
    while (filled < block.buffer.size() && !at_end)
    {
      std::size_t const got = stream->read(block.buffer.data() + filled, block.buffer.size() - filled);
      at_end = got == 0;
      filled += got;
    }
    block.text = {
        number, begin, begin, {block.buffer.data(), filled}, 0, std::min<std::size_t>(block_bytes_, filled),
        at_end};
  }
  block.text.from = std::min<std::uint64_t>(start - block.text.offset, block.text.text.size());
}

std::array<std::uint64_t, 3> BlockFeed::digest(std::uint64_t begin, std::string_view text)
{
  std::array<std::uint64_t, 3> sums{text.size(), 0, 0};
  for (std::size_t at = 0; at < text.size(); at += digest_piece_bytes)
  {
    std::string_view const piece = text.substr(at, digest_piece_bytes);
    XXH128_hash_t const hash =
        XXH3_128bits_withSeed(piece.data(), piece.size(), (begin + at) / digest_piece_bytes);
    sums[1] += hash.low64;
    sums[2] += hash.high64;
  }
  return sums;
}

void BlockFeed::add(std::uint32_t file, std::array<std::uint64_t, 3> const& sums)
{
  for (std::size_t i = 0; i < sums.size(); ++i)
  {
    read_[file][i] += sums[i];
  }
}

}  // namespace tarifa
