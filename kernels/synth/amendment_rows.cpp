#include "kernels/synth/amendments.hpp"
#include "kernels/synth/date_text.hpp"
#include "kernels/synth/item_row.hpp"

namespace tarifa::kernels
{

std::string_view name_of(Author author)
{
  constexpr std::array<std::string_view, 3> names = {"declarant", "inspection", "audit"};
  return names[static_cast<std::size_t>(author)];
}

std::string_view name_of(Correction correction)
{
  constexpr std::array<std::string_view, correction_count> names = {"none", "clerical", "error-found",
                                                                    "fraud-disclosed"};
  return names[static_cast<std::size_t>(correction)];
}

std::string_view amendments_header()
{
  return "declaration_id,item,date,reporter,office,importer,declarant,exporter,origin,dispatch,hs6,"
         "regime,transport,incoterm,currency,gross_kg,net_kg,quantity,unit,invoice_usd,freight_usd,"
         "insurance_usd,customs_value_usd,duty_rate_pct,duty_usd,vat_usd,year,version,amended,author,"
         "changed\n";
}

std::string changed_columns(Declaration const& before, Declaration const& after, int i)
{
  if (i >= before.count)
  {
    return "item";
  }
  Item const& a = before.items[static_cast<std::size_t>(i)];
  Item const& b = after.items[static_cast<std::size_t>(i)];
  std::string names;
  auto const note = [&](std::string_view name, bool differs)
  {
    if (differs)
    {
      names.append(names.empty() ? "" : "+").append(name);
    }
  };
  note("origin", a.declared.origin != b.declared.origin);
  note("hs6", a.declared.product != b.declared.product);
  note("currency", before.head.currency != after.head.currency);
  note("gross", a.declared.gross != b.declared.gross);
  note("net", a.declared.net != b.declared.net);
  note("quantity", a.declared.quantity != b.declared.quantity);
  note("value", a.declared.customs_value() != b.declared.customs_value());
  note("preference", a.agreement_claimed != b.agreement_claimed);
  note("relief", before.relief != after.relief);
  note("taxes", a.declared_taxes.total() != b.declared_taxes.total());
  return names;
}

void append_amendments(DeclarationMaker const& maker, Declaration const& declaration,
                       Amendments const& amendments, std::string& out)
{
  std::array<char, 640> buffer;
  Declaration const* before = &declaration;
  for (Version const& version : amendments.versions)
  {
    for (int i = 0; i < version.declaration.count; ++i)
    {
      std::string const changed = changed_columns(*before, version.declaration, i);
      if (changed.empty())
      {
        continue;
      }
      RowText row(buffer.data());
      write_item(maker, version.declaration, i, row).mark(',').number(version.number).mark(',');
      append_date(row, version.day).mark(',').text(name_of(version.author)).mark(',');
      row.text(changed).mark('\n');
      out.append(row.view());
    }
    before = &version.declaration;
  }
}

}  // namespace tarifa::kernels
