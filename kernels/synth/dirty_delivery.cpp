#include "kernels/synth/dirty_delivery.hpp"

#include <algorithm>
#include <vector>

#include "kernels/synth/declaration_maker.hpp"
#include "kernels/synth/dirty_amendments.hpp"
#include "kernels/synth/dirty_writer.hpp"

namespace tarifa::kernels
{
namespace
{

enum Stream : std::uint64_t
{
  batch_stream = 301,
  file_stream = 302,
};

enum Purpose : std::uint64_t
{
  repeated_purpose,
  delay_purpose,
  cut_off_purpose,
};

std::vector<std::string_view> lines_of(std::string_view text)
{
  std::vector<std::string_view> lines;
  for (std::size_t begin = 0; begin < text.size();)
  {
    std::size_t const end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/// A batch that is to be sent again.
struct Copy
{
  RepeatedBatch batch;                   ///< but for the second place
  std::size_t broken_begin, broken_end;  ///< its broken records in the key
  std::int64_t due;                      ///< behind this batch of the block
};

void send_again(Copy const& copy, DirtyWriter& writer, DirtyKey& key)
{
  RepeatedBatch batch = copy.batch;
  batch.second = writer.repeat(batch.first, batch.records);
  for (std::size_t k = copy.broken_begin; k < copy.broken_end; ++k)
  {
    BrokenRecord record = key.broken[k];
    record.is_copy = true;
    record.place.line += batch.second.line - batch.first.line;
    record.place.first_byte += batch.second.first_byte - batch.first.first_byte;
    key.broken.push_back(record);
  }
  key.repeated.push_back(batch);
}

}  // namespace

DirtyDelivery::DirtyDelivery(DeclarationMaker const& maker, DirtySettings const& settings)
    : maker_(maker)
    , settings_(settings)
    , declarations_(maker.year().year, settings)
    , amendments_(maker.year().year + 1, settings)
{
  Draws const file(stream_key(maker.world().seed(), file_stream),
                   static_cast<std::uint64_t>(maker.year().year));
  is_cut_off_ = is_drawn(file.bits(cut_off_purpose), settings.cut_off_share);
}

void DirtyDelivery::make(std::int64_t first, std::int64_t count, DirtyTexts const& texts, DirtyKey& key) const
{
  std::string clean;
  append_declarations(maker_, first, count, {&clean});
  std::vector<std::string_view> const rows = lines_of(clean);
  append_batches(first, rows, texts.declarations, key);
  append_amendments(first, rows, texts.amendments, key);
}

void DirtyDelivery::append_batches(std::int64_t first, std::span<std::string_view const> rows,
                                   std::string& text, DirtyKey& key) const
{
  constexpr std::uint32_t longest_delay = 16;  // batches until one is sent again
  DeclarationYear const& year = maker_.year();
  std::uint64_t const stream =
      stream_key(maker_.world().seed(), batch_stream, static_cast<std::uint64_t>(year.year));
  DirtyWriter writer(maker_.world(),
                     {DirtyFile::declarations, year.year, declarations_, settings_.broken_share}, text,
                     key.broken);
  auto const count = static_cast<std::int64_t>(rows.size());
  std::int64_t const batches = (count + rows_per_batch - 1) / rows_per_batch;
  bool const is_end = first + count == year.rows;
  // Nothing comes behind the last batch of a file, which may be cut off.
  std::int64_t const last_due = batches - (is_end ? 2 : 1);
  std::vector<Copy> waiting;
  for (std::int64_t b = 0; b < batches; ++b)
  {
    Copy copy{{}, key.broken.size(), 0, 0};
    copy.batch.first = {writer.lines(), writer.bytes(), 0};
    std::int64_t const end = std::min(count, (b + 1) * rows_per_batch);
    for (std::int64_t r = b * rows_per_batch; r < end; ++r)
    {
      bool const is_cut_off = is_cut_off_ && is_end && r + 1 == count;
      DirtyFate const fate = is_cut_off     ? DirtyFate::cut_off
                             : r + 1 == end ? DirtyFate::last
                                            : DirtyFate::any;
      writer.add(first + r, rows[static_cast<std::size_t>(r)], nullptr, fate);
    }
    copy.broken_end = key.broken.size();
    copy.batch.records = end - b * rows_per_batch;
    copy.batch.first.bytes = writer.bytes() - copy.batch.first.first_byte;
    Draws const draws(stream, static_cast<std::uint64_t>(first / rows_per_batch + b));
    if (b <= last_due && is_drawn(draws.bits(repeated_purpose), settings_.repeated_share))
    {
      copy.due = std::min<std::int64_t>(last_due, b + draws.below(delay_purpose, longest_delay));
      waiting.push_back(copy);
    }
    for (Copy const& one : waiting)
    {
      if (one.due == b)
      {
        send_again(one, writer, key);
      }
    }
    std::erase_if(waiting, [b](Copy const& one) { return one.due == b; });
  }
}

void DirtyDelivery::append_amendments(std::int64_t first, std::span<std::string_view const> rows,
                                      std::string& text, DirtyKey& key) const
{
  std::vector<Amendment> all;
  for (std::size_t r = 0; r < rows.size(); ++r)
  {
    std::vector<Amendment> const found =
        amendments_of(maker_, first + static_cast<std::int64_t>(r), settings_.amended_share);
    all.insert(all.end(), found.begin(), found.end());
  }
  DirtyWriter writer(maker_.world(),
                     {DirtyFile::amendments, maker_.year().year, amendments_, settings_.broken_share}, text,
                     key.broken);
  for (std::size_t k = 0; k < all.size(); ++k)
  {
    auto const fate = k + 1 == all.size() ? DirtyFate::last : DirtyFate::any;
    Amendment& one = all[k];
    auto const row = static_cast<std::size_t>(one.row - first);
    DirtyWriter::Added const added = writer.add(one.row, rows[row], &one, fate);
    one.place = added.place;
    one.is_broken = added.is_broken;
  }
  key.amendments.insert(key.amendments.end(), all.begin(), all.end());
}

}  // namespace tarifa::kernels
