#include "kernels/synth/dirty_writer.hpp"

#include <array>

#include "kernels/synth/declarations.hpp"
#include "kernels/synth/goods_text.hpp"
#include "kernels/synth/text.hpp"

namespace tarifa::kernels
{
namespace
{

constexpr std::uint64_t row_stream = 300;

enum Purpose : std::uint64_t
{
  text_purpose,
  broken_purpose = 40,  // + version
  fault_purpose = 60,   // + version
};

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
  std::string_view const hs6 = clean_field(row, DeclarationColumn::hs6);
  return (hs6[0] - '0') * 10 + (hs6[1] - '0');
}

}  // namespace

DirtyWriter::DirtyWriter(World const& world, File const& file, std::string& text,
                         std::vector<BrokenRecord>& broken)
    : file_(file)
    , stream_(stream_key(world.seed(), row_stream, static_cast<std::uint64_t>(file.year)))
    , text_(text)
    , broken_(broken)
{
}

void DirtyWriter::read(std::int64_t row, std::string_view clean, Amendment const* amended)
{
  int const version = amended == nullptr ? 1 : amended->version;
  DirtyLayout const& layout = file_.layout;
  layout.read(clean, version, goods_text(chapter_of_row(clean), draws(row).bits(text_purpose)), fields_);
  if (amended != nullptr)
  {
    fields_[DirtyColumn::invoice_usd] = layout.number(dollars(amended->invoice));
    fields_[DirtyColumn::customs_value_usd] = layout.number(dollars(amended->customs_value));
    fields_[DirtyColumn::duty_usd] = layout.number(dollars(amended->duty));
    fields_[DirtyColumn::vat_usd] = layout.number(dollars(amended->vat));
  }
}

DirtyWriter::Added DirtyWriter::add(std::int64_t row, std::string_view clean, Amendment const* amended,
                                    DirtyFate fate)
{
  read(row, clean, amended);
  DirtyPlace place{lines_++, bytes(), 0};
  int const version = amended == nullptr ? 1 : amended->version;
  auto const number = static_cast<std::uint64_t>(version);
  bool const drawn = is_drawn(draws(row).bits(broken_purpose + number), file_.broken_share);
  bool const is_cut_off = fate == DirtyFate::cut_off;
  if (!is_cut_off && (!drawn || quote_is_open_))
  {
    file_.layout.append(fields_, quote_is_open_ ? Quoting::always : Quoting::as_needed, text_);
    place.bytes = bytes() - place.first_byte - line_end();
    quote_is_open_ = false;
    return {place, false};
  }
  DirtyFault const fault =
      is_cut_off ? DirtyFault::cut_off : fault_of(draws(row).bits(fault_purpose + number), fate);
  append_broken(file_.layout, fields_, clean, fault, text_);
  place.bytes = bytes() - place.first_byte - (is_cut_off ? 0 : line_end());
  std::int64_t const value = amended != nullptr
                                 ? amended->customs_value
                                 : cents_of(clean_field(clean, DeclarationColumn::customs_value));
  broken_.push_back({file_.file, place, row, version, fault, false, value});
  quote_is_open_ = fault == DirtyFault::open_quote;
  return {place, true};
}

DirtyPlace DirtyWriter::repeat(DirtyPlace const& place, std::int64_t lines)
{
  DirtyPlace const again{lines_, bytes(), place.bytes};
  std::string const text =
      text_.substr(static_cast<std::size_t>(place.first_byte), static_cast<std::size_t>(place.bytes));
  text_.append(text);
  lines_ += lines;
  return again;
}

DirtyFault DirtyWriter::fault_of(std::uint64_t bits, DirtyFate fate) const
{
  DirtyFault const fault = draw_dirty_fault(bits, file_.layout);
  return fault == DirtyFault::open_quote && fate == DirtyFate::last ? DirtyFault::bare_quote : fault;
}

}  // namespace tarifa::kernels
