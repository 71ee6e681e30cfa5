#include "kernels/synth/dirty_faults.hpp"

#include <array>

#include "kernels/synth/declarations.hpp"

namespace tarifa::kernels
{
namespace
{

struct FaultFacts
{
  std::string_view name;
  DirtyReason reason;
};

constexpr std::array<FaultFacts, dirty_fault_count> faults = {{
    {"missing-field", DirtyReason::field_count},
    {"extra-field", DirtyReason::field_count},
    {"bare-quote", DirtyReason::bad_quote},
    // The next quote of the file opens a field, and seems to be followed by text.
    {"open-quote", DirtyReason::bad_quote},
    {"nul-byte", DirtyReason::nul_byte},
    {"wrong-encoding", DirtyReason::encoding},
    {"letters-in-number", DirtyReason::value_malformed},
    {"foreign-marks", DirtyReason::value_malformed},
    {"impossible-date", DirtyReason::date_out_of_range},
    {"letters-in-code", DirtyReason::hs_malformed},
    {"empty-field", DirtyReason::reporter_missing},
    {"net-over-gross", DirtyReason::net_over_gross},
    {"cut-off", DirtyReason::unclosed_quote},
}};

constexpr std::array<std::string_view, dirty_reason_count> reasons = {"wrong field count",
                                                                      "text after a closing quote",
                                                                      "quote not closed",
                                                                      "NUL byte",
                                                                      "not valid in the declared encoding",
                                                                      "customs_value malformed",
                                                                      "date out of range",
                                                                      "hs6 malformed",
                                                                      "reporter missing",
                                                                      "net_mass greater than gross_mass"};

/// A letter O for the first zero, else one at the end.
void put_letter(std::string& number)
{
  std::size_t const zero = number.find('0');
  if (zero == std::string::npos)
  {
    number += 'O';
  }
  else
  {
    number[zero] = 'O';
  }
}

/// The record with the description ended inside its quotes, and nothing behind.
void append_cut_off(DirtyLayout const& layout, DirtyFields& fields, std::string& out)
{
  std::string whole;
  layout.append(fields, Quoting::never_ended, whole);
  out.append(whole, 0, whole.find('"') + 6);
}

}  // namespace

std::string_view name_of(DirtyFault fault)
{
  return faults[static_cast<std::size_t>(fault)].name;
}

std::string_view name_of(DirtyReason reason)
{
  return reasons[static_cast<std::size_t>(reason)];
}

DirtyReason reason_of(DirtyFault fault)
{
  return faults[static_cast<std::size_t>(fault)].reason;
}

DirtyFault draw_dirty_fault(std::uint64_t bits, DirtyLayout const& layout)
{
  constexpr std::uint64_t drawn = dirty_fault_count - 1;
  auto const fault = static_cast<DirtyFault>((bits >> 32U) * drawn >> 32U);
  return fault == DirtyFault::wrong_encoding && layout.is_latin1() ? DirtyFault::letters_in_number : fault;
}

void append_broken(DirtyLayout const& layout, DirtyFields fields, std::string_view clean, DirtyFault fault,
                   std::string& out)
{
  using Column = DirtyColumn;
  using Place = DeclarationColumn;
  Quoting quoting = Quoting::as_needed;
  Column const* left_out = nullptr;
  constexpr Column terms = Column::incoterm;
  switch (fault)
  {
    case DirtyFault::missing_field:
      left_out = &terms;
      break;
    case DirtyFault::extra_field:
      fields[Column::description] = std::string("Vis") + layout.separator() + " boulons";
      quoting = Quoting::bare;
      break;
    case DirtyFault::bare_quote:
      fields[Column::description] = "\"Tube 3\" acier\"";
      quoting = Quoting::bare;
      break;
    case DirtyFault::open_quote:
      quoting = Quoting::never_ended;
      break;
    case DirtyFault::nul_byte:
      fields[Column::importer][1] = '\0';
      break;
    case DirtyFault::wrong_encoding:
      fields[Column::description] = latin1_of("Pièces détachées");
      break;
    case DirtyFault::letters_in_number:
      put_letter(fields[Column::customs_value_usd]);
      break;
    case DirtyFault::foreign_marks:
      fields[Column::customs_value_usd] = layout.foreign_number(clean_field(clean, Place::customs_value));
      break;
    case DirtyFault::impossible_date:
      fields[Column::date] = layout.impossible_date(clean_field(clean, Place::date).substr(0, 4));
      break;
    case DirtyFault::letters_in_code:
      fields[Column::hs6] = "84A1.0";
      break;
    case DirtyFault::empty_field:
      fields[Column::reporter].clear();
      break;
    case DirtyFault::net_over_gross:
      fields[Column::net_kg] = layout.number("1" + std::string(clean_field(clean, Place::gross)));
      break;
    case DirtyFault::cut_off:
      append_cut_off(layout, fields, out);
      return;
  }
  layout.append(fields, quoting, out, left_out);
}

}  // namespace tarifa::kernels
