#include <algorithm>
#include <limits>
#include <new>
#include <string>

#include <zlib.h>
#include <zstd.h>

#include "pipeline/csv/file_input.hpp"

namespace tarifa
{
namespace
{

constexpr char const* ends_early = "ends before its end mark";

class GzipSource final : public CompressedSource
{
 public:
  explicit GzipSource(std::unique_ptr<FileInput> input) : CompressedSource(std::move(input))
  {
    constexpr int gzip_only = 15 + 16;  // the widest window, and no other wrapper (zlib.h, inflateInit2)
    if (inflateInit2(&stream_, gzip_only) != Z_OK)
    {
      throw std::bad_alloc();
    }
  }
  GzipSource(GzipSource const&) = delete;
  GzipSource& operator=(GzipSource const&) = delete;
  ~GzipSource() override { inflateEnd(&stream_); }

 private:
  Decoded decode(char* to, std::size_t room) override
  {
    std::string_view const in = pending();
    if (in.empty() && between_members_)
    {
      return members_ > 0 ? Decoded{0, "", true} : Decoded{0, ends_early, false};
    }
    if (between_members_ && members_ > 0 && in.front() == 0)
    {
      return padding(in);
    }
    if (padded_)
    {
      return {0, "has bytes after its padding", false};
    }
    constexpr std::size_t most = std::numeric_limits<uInt>::max();
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(std::min(in.size(), most));
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = static_cast<uInt>(std::min(room, most));
    uInt const in_before = stream_.avail_in;
    uInt const out_before = stream_.avail_out;
    int const result = inflate(&stream_, Z_NO_FLUSH);
    take(in_before - stream_.avail_in);
    between_members_ = result == Z_STREAM_END;
    Decoded decoded{out_before - stream_.avail_out, "", false};
    if (result == Z_STREAM_END)
    {
      ++members_;
      inflateReset(&stream_);
    }
    else if (in.empty() && decoded.bytes == 0)
    {
      // Asked without input first: a full room may have left decoded bytes inside the stream.
      decoded.damage = ends_early;
    }
    else if (result != Z_OK && result != Z_BUF_ERROR)
    {
      decoded.damage = stream_.msg != nullptr ? stream_.msg : zError(result);
    }
    return decoded;
  }

  Decoded padding(std::string_view in)
  {
    padded_ = true;
    take(std::min(in.find_first_not_of('\0'), in.size()));
    return {};
  }

  z_stream stream_ = {};
  std::uint64_t members_ = 0;
  bool between_members_ = true;
  bool padded_ = false;
};

class ZstdSource final : public CompressedSource
{
 public:
  explicit ZstdSource(std::unique_ptr<FileInput> input)
      : CompressedSource(std::move(input))
      , stream_(ZSTD_createDStream())
  {
    if (stream_ == nullptr)
    {
      throw std::bad_alloc();
    }
  }
  ZstdSource(ZstdSource const&) = delete;
  ZstdSource& operator=(ZstdSource const&) = delete;
  ~ZstdSource() override { ZSTD_freeDStream(stream_); }

 private:
  Decoded decode(char* to, std::size_t room) override
  {
    // A full room leaves decoded bytes inside the stream, so it is asked once more before the end is
    // believed.
    std::string_view const in = pending();
    if (in.empty() && between_frames_)
    {
      return frames_ > 0 ? Decoded{0, "", true} : Decoded{0, ends_early, false};
    }
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer out{to, room, 0};
    std::size_t const left = ZSTD_decompressStream(stream_, &out, &from);
    take(from.pos);
    Decoded decoded{out.pos, "", false};
    if (ZSTD_isError(left) != 0)
    {
      decoded.damage = ZSTD_getErrorName(left);
      return decoded;
    }
    between_frames_ = left == 0;
    frames_ += left == 0 ? 1 : 0;
    if (in.empty() && out.pos == 0 && !between_frames_)
    {
      decoded.damage = ends_early;
    }
    return decoded;
  }

  ZSTD_DStream* stream_;
  std::uint64_t frames_ = 0;
  bool between_frames_ = true;
};

}  // namespace

CompressedSource::CompressedSource(std::unique_ptr<FileInput> input)
    : input_(std::move(input))
    , buffer_(std::size_t{256} << 10)
{
}

std::string_view CompressedSource::pending()
{
  if (taken_ == filled_ && !input_ended_)
  {
    taken_ = 0;
    filled_ = input_->read(buffer_.data(), buffer_.size());
    input_ended_ = filled_ == 0;
  }
  return {buffer_.data() + taken_, filled_ - taken_};
}

std::size_t CompressedSource::read(char* to, std::size_t room)
{
  std::size_t filled = 0;
  while (filled < room && !finished_ && damage_.empty())
  {
    Decoded decoded = decode(to + filled, room - filled);
    filled += decoded.bytes;
    damage_ = std::move(decoded.damage);
    finished_ = decoded.at_end;
  }
  offset_ += filled;
  if (filled == 0 && room > 0 && !damage_.empty())
  {
    throw Error(Fault::data, input_->path().string() + ": the compressed stream is damaged after "
                                 + std::to_string(offset_) + " bytes of text: " + damage_
                                 + " (fetch the file again)");
  }
  return filled;
}

std::unique_ptr<ByteSource> open_gzip(std::unique_ptr<FileInput> input)
{
  return std::make_unique<GzipSource>(std::move(input));
}

std::unique_ptr<ByteSource> open_zstd(std::unique_ptr<FileInput> input)
{
  return std::make_unique<ZstdSource>(std::move(input));
}

}  // namespace tarifa
