#include "kernels/synth/dirty_delivery.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "kernels/synth/declaration_maker.hpp"
#include "kernels/synth/goods_text.hpp"
#include "kernels/synth/text.hpp"

namespace tarifa::kernels
{
namespace
{

enum Stream : std::uint64_t
{
  row_stream = 300,
  batch_stream = 301,
  file_stream = 302,
};

enum Purpose : std::uint64_t
{
  text_purpose,
  amended_purpose,
  versions_purpose,
  order_purpose,
  repeated_purpose,
  delay_purpose,
  cut_off_purpose,
  change_purpose = 20,  // + version
  broken_purpose = 40,  // + version
  fault_purpose = 60,   // + version
};

/// True for `share` of all bits.
bool is_drawn(std::uint64_t bits, double share)
{
  return (bits >> 32U) < static_cast<std::uint64_t>(share * 4294967296.0);
}

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

std::string_view field_of(std::string_view row, int k)
{
  for (; k > 0; --k)
  {
    row.remove_prefix(row.find(',') + 1);
  }
  return row.substr(0, row.find(','));
}

std::string dollars(std::int64_t cents)
{
  std::array<char, 32> buffer{};
  RowText text(buffer.data());
  return std::string(text.decimal<2>(cents).view());
}

/// "12.34" -> 1234
std::int64_t cents_of(std::string_view dollars)
{
  std::int64_t cents = 0;
  for (char const byte : dollars)
  {
    cents = byte == '.' ? cents : cents * 10 + (byte - '0');
  }
  return cents;
}

int chapter_of_row(std::string_view row)
{
  std::string_view const hs6 = field_of(row, DeclarationColumn::hs6);
  return (hs6[0] - '0') * 10 + (hs6[1] - '0');
}

}  // namespace

/// Appends the records of one file, sound or broken.
class DirtyDelivery::Writer
{
 public:
  /// What may be done to a record.
  enum class Fate : std::uint8_t
  {
    any,
    last,     ///< of what is sent together: no record follows whose quote could end one left open
    cut_off,  ///< the last of its file, which ends within it
  };

  Writer(DirtyDelivery const& delivery, DirtyFile file, std::string& text, std::vector<BrokenRecord>& broken)
      : delivery_(delivery)
      , layout_(delivery.layout(file))
      , file_(file)
      , text_(text)
      , broken_(broken)
  {
  }

  std::int64_t lines() const noexcept { return lines_; }
  std::int64_t bytes() const noexcept { return static_cast<std::int64_t>(text_.size()); }

  /// Appends version 1, or what an amendment made of it. Returns where, and whether it was broken.
  std::pair<DirtyPlace, bool> add(std::int64_t row, std::string_view clean, Amendment const* amended,
                                  Fate fate)
  {
    Draws const draws(delivery_.row_stream_, static_cast<std::uint64_t>(row));
    int const version = amended == nullptr ? 1 : amended->version;
    layout_.read(clean, version, goods_text(chapter_of_row(clean), draws.bits(text_purpose)), fields_);
    if (amended != nullptr)
    {
      fields_[DirtyColumn::invoice_usd] = layout_.number(dollars(amended->invoice));
      fields_[DirtyColumn::customs_value_usd] = layout_.number(dollars(amended->customs_value));
      fields_[DirtyColumn::duty_usd] = layout_.number(dollars(amended->duty));
      fields_[DirtyColumn::vat_usd] = layout_.number(dollars(amended->vat));
    }
    DirtyPlace place{lines_++, bytes(), 0};
    auto const number = static_cast<std::uint64_t>(version);
    bool const drawn = is_drawn(draws.bits(broken_purpose + number), delivery_.settings_.broken_share);
    bool const broken = fate == Fate::cut_off || (drawn && !quote_is_open_);
    if (broken)
    {
      DirtyFault const fault =
          fate == Fate::cut_off ? DirtyFault::cut_off : fault_of(draws.bits(fault_purpose + number), fate);
      append_broken(layout_, fields_, clean, fault, text_);
      place.bytes = bytes() - place.first_byte - (fault == DirtyFault::cut_off ? 0 : line_end());
      std::int64_t const value = amended != nullptr
                                     ? amended->customs_value
                                     : cents_of(field_of(clean, DeclarationColumn::customs_value));
      broken_.push_back({file_, place, row, version, fault, false, value});
      quote_is_open_ = fault == DirtyFault::open_quote;
    }
    else
    {
      layout_.append(fields_, quote_is_open_ ? Quoting::always : Quoting::as_needed, text_);
      place.bytes = bytes() - place.first_byte - line_end();
      quote_is_open_ = false;
    }
    return {place, broken};
  }

  /// Appends text that was sent before once more.
  void repeat(std::string_view text, std::int64_t lines)
  {
    text_.append(text);
    lines_ += lines;
  }

 private:
  DirtyFault fault_of(std::uint64_t bits, Fate fate) const
  {
    DirtyFault const fault = draw_dirty_fault(bits, layout_);
    return fault == DirtyFault::open_quote && fate == Fate::last ? DirtyFault::bare_quote : fault;
  }
  std::int64_t line_end() const { return static_cast<std::int64_t>(layout_.line_end().size()); }

  DirtyDelivery const& delivery_;
  DirtyLayout const& layout_;
  DirtyFile file_;
  std::string& text_;
  std::vector<BrokenRecord>& broken_;
  DirtyFields fields_;
  std::int64_t lines_ = 0;
  bool quote_is_open_ = false;  ///< in the record above
};

DirtyDelivery::DirtyDelivery(DeclarationMaker const& maker, DirtySettings const& settings)
    : maker_(maker)
    , settings_(settings)
    , declarations_(maker.year().year, settings)
    , amendments_(maker.year().year + 1, settings)
    , row_stream_(stream_key(maker.world().seed(), row_stream, static_cast<std::uint64_t>(maker.year().year)))
    , batch_stream_(
          stream_key(maker.world().seed(), batch_stream, static_cast<std::uint64_t>(maker.year().year)))
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
  using Fate = Writer::Fate;
  constexpr std::uint32_t longest_delay = 16;  // batches until one is sent again
  struct Copy
  {
    RepeatedBatch batch;
    std::size_t broken_begin, broken_end;  // in the key
    std::int64_t due;                      // behind this batch
  };
  auto const count = static_cast<std::int64_t>(rows.size());
  std::int64_t const batches = (count + rows_per_batch - 1) / rows_per_batch;
  bool const is_end = first + count == maker_.year().rows;
  // Nothing comes behind the last batch of a file, which may be cut off.
  std::int64_t const last_due = batches - (is_end ? 2 : 1);
  Writer writer(*this, DirtyFile::declarations, text, key.broken);
  std::vector<Copy> waiting;
  for (std::int64_t b = 0; b < batches; ++b)
  {
    Copy copy{{}, key.broken.size(), 0, 0};
    copy.batch.first = {writer.lines(), writer.bytes(), 0};
    std::int64_t const end = std::min(count, (b + 1) * rows_per_batch);
    for (std::int64_t r = b * rows_per_batch; r < end; ++r)
    {
      bool const ends_file = is_end && r + 1 == count;
      Fate const fate = ends_file && is_cut_off_ ? Fate::cut_off : r + 1 == end ? Fate::last : Fate::any;
      writer.add(first + r, rows[static_cast<std::size_t>(r)], nullptr, fate);
    }
    copy.broken_end = key.broken.size();
    copy.batch.records = end - b * rows_per_batch;
    copy.batch.first.bytes = writer.bytes() - copy.batch.first.first_byte;
    Draws const draws(batch_stream_, static_cast<std::uint64_t>(first / rows_per_batch + b));
    if (b <= last_due && is_drawn(draws.bits(repeated_purpose), settings_.repeated_share))
    {
      copy.due = std::min<std::int64_t>(last_due, b + draws.below(delay_purpose, longest_delay));
      waiting.push_back(copy);
    }
    for (Copy& one : waiting)
    {
      if (one.due != b)
      {
        continue;
      }
      RepeatedBatch& batch = one.batch;
      batch.second = {writer.lines(), writer.bytes(), batch.first.bytes};
      for (std::size_t k = one.broken_begin; k < one.broken_end; ++k)
      {
        BrokenRecord record = key.broken[k];
        record.is_copy = true;
        record.place.line += batch.second.line - batch.first.line;
        record.place.first_byte += batch.second.first_byte - batch.first.first_byte;
        key.broken.push_back(record);
      }
      std::string const again = text.substr(static_cast<std::size_t>(batch.first.first_byte),
                                            static_cast<std::size_t>(batch.first.bytes));
      writer.repeat(again, batch.records);
      key.repeated.push_back(batch);
    }
    std::erase_if(waiting, [b](Copy const& one) { return one.due == b; });
  }
}

std::vector<Amendment> DirtyDelivery::amendments_of(std::int64_t row) const
{
  constexpr std::uint32_t once_for_twice = 8;  // records amended for one that is amended again
  Draws const draws(row_stream_, static_cast<std::uint64_t>(row));
  if (!is_drawn(draws.bits(amended_purpose), settings_.amended_share))
  {
    return {};
  }
  Span span;
  maker_.make(row / rows_per_span, span);
  std::vector<Amendment> found;
  for (int d = 0; d < span.count; ++d)
  {
    Declaration const& declaration = span.declarations[static_cast<std::size_t>(d)];
    for (int i = 0; i < declaration.count; ++i)
    {
      Item const& item = declaration.items[static_cast<std::size_t>(i)];
      // Another value could lift a small consignment over the limit, for all its items.
      if (item.row != row || declaration.relief == Relief::low_value)
      {
        continue;
      }
      Goods goods = item.declared;
      int const last = draws.below(versions_purpose, once_for_twice) == 0 ? 3 : 2;
      for (int version = 2; version <= last; ++version)
      {
        // Corrections go up by 1 to 40 per cent three times in four, else down by 1 to 20.
        auto const purpose = change_purpose + 2 * static_cast<std::uint64_t>(version);
        bool const up = draws.below(purpose, 4) > 0;
        std::int64_t const percent = 1 + std::int64_t{draws.below(purpose + 1, up ? 40 : 20)};
        std::int64_t const change = std::max<std::int64_t>(goods.invoice * percent / 100, up ? 1 : 0);
        goods.invoice += up ? change : -change;
        Taxes const taxes =
            maker_.tariff().taxes(declaration.head.reporter, goods.product,
                                  maker_.treatment(declaration.relief, item.agreement_claimed, goods.product),
                                  {goods.customs_value(), goods.net, goods.quantity, declaration.head.month});
        found.push_back({{},
                         row,
                         version,
                         false,
                         goods.invoice,
                         goods.customs_value(),
                         taxes.duty,
                         taxes.vat,
                         item.declared.customs_value()});
      }
    }
  }
  // Queues are not always served in order.
  if (draws.below(order_purpose, 2) == 0)
  {
    std::reverse(found.begin(), found.end());
  }
  return found;
}

void DirtyDelivery::append_amendments(std::int64_t first, std::span<std::string_view const> rows,
                                      std::string& text, DirtyKey& key) const
{
  std::vector<Amendment> all;
  for (std::size_t r = 0; r < rows.size(); ++r)
  {
    std::vector<Amendment> const found = amendments_of(first + static_cast<std::int64_t>(r));
    all.insert(all.end(), found.begin(), found.end());
  }
  Writer writer(*this, DirtyFile::amendments, text, key.broken);
  for (std::size_t k = 0; k < all.size(); ++k)
  {
    auto const fate = k + 1 == all.size() ? Writer::Fate::last : Writer::Fate::any;
    Amendment& one = all[k];
    std::tie(one.place, one.is_broken) =
        writer.add(one.row, rows[static_cast<std::size_t>(one.row - first)], &one, fate);
  }
  key.amendments.insert(key.amendments.end(), all.begin(), all.end());
}

}  // namespace tarifa::kernels
