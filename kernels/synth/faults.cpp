#include "kernels/synth/faults.hpp"

#include "kernels/synth/declarations.hpp"

namespace tarifa::kernels
{
namespace
{

/// [begin, end) of a field; rows made here hold no quotes, so a comma always separates.
struct FieldBounds
{
  std::size_t begin, end;
};

FieldBounds bounds_of(std::string_view row, int field)
{
  std::size_t begin = 0;
  for (int i = 0; i < field; ++i)
  {
    begin = row.find(',', begin) + 1;
  }
  return {begin, row.find_first_of(",\n", begin)};
}

std::string with_field(std::string_view row, int field, std::string_view content)
{
  FieldBounds const at = bounds_of(row, field);
  return std::string(row.substr(0, at.begin)).append(content).append(row.substr(at.end));
}

}  // namespace

std::string_view name_of(RowFault fault)
{
  constexpr std::array<std::string_view, row_fault_count> names = {
      "missing-field", "extra-field",    "bad-number", "bad-date",  "bad-hs",
      "empty-field",   "net-over-gross", "duplicate",  "open-quote"};
  return names[static_cast<std::size_t>(fault)];
}

RowFault draw_fault(std::uint64_t bits)
{
  std::uint64_t const slot = bits >> 58;  // 0 .. 63
  return slot == 63 ? RowFault::open_quote : static_cast<RowFault>(slot * 8 / 63);
}

std::string broken_row(std::string_view row, std::string_view before, RowFault fault)
{
  using Column = DeclarationColumn;
  switch (fault)
  {
    case RowFault::missing_field:
    {
      return std::string(row.substr(0, row.rfind(','))) + '\n';
    }
    case RowFault::extra_field:
      return std::string(row.substr(0, row.size() - 1)) + ",0\n";
    case RowFault::bad_number:
      return with_field(row, Column::customs_value, "12x4.50");
    case RowFault::bad_date:
    {
      FieldBounds const at = bounds_of(row, Column::date);
      return with_field(row, Column::date, std::string(row.substr(at.begin, 4)) + "-02-30");
    }
    case RowFault::bad_hs:
      return with_field(row, Column::hs6, "84A1.0");
    case RowFault::empty_field:
      return with_field(row, Column::reporter, "");
    case RowFault::net_over_gross:
    {
      FieldBounds const at = bounds_of(row, Column::gross);
      return with_field(row, Column::net, "1" + std::string(row.substr(at.begin, at.end - at.begin)));
    }
    case RowFault::duplicate:
      return std::string(before);
    case RowFault::open_quote:
    {
      FieldBounds const at = bounds_of(row, Column::reporter + 1);
      return with_field(row, Column::reporter + 1,
                        "\"" + std::string(row.substr(at.begin, at.end - at.begin)));
    }
  }
  return std::string(row);
}

}  // namespace tarifa::kernels
