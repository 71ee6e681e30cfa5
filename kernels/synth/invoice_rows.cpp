#include "kernels/synth/date_text.hpp"
#include "kernels/synth/invoices.hpp"

namespace tarifa::kernels
{

std::string_view name_of(InvoiceKind kind)
{
  constexpr std::array<std::string_view, 3> names = {"domestic", "acquisition", "dispatch"};
  return names[static_cast<std::size_t>(kind)];
}

std::string_view name_of(ChainRole role)
{
  constexpr std::array<std::string_view, chain_role_count> names = {"ordinary", "conduit", "missing-trader",
                                                                    "buffer", "broker"};
  return names[static_cast<std::size_t>(role)];
}

std::string_view name_of(ChainOddity oddity)
{
  constexpr std::array<std::string_view, chain_oddity_count> names = {"none", "circle", "below-cost",
                                                                      "insolvent"};
  return names[static_cast<std::size_t>(oddity)];
}

std::string_view invoices_header()
{
  return "invoice_id,date,reporter,kind,seller,buyer,hs6,net_kg,value_usd,vat_usd,year\n";
}

void InvoiceMaker::append(std::int64_t first, std::int64_t count, std::string& out, InvoiceTruth* truth) const
{
  std::array<char, 256> buffer;
  auto const id = [&](std::int64_t row) { return year_ % 100 * std::int64_t{1'000'000'000} + row; };
  for (std::int64_t k = first / invoices_per_span; k * invoices_per_span < first + count; ++k)
  {
    for (Invoice const& one : make(k))
    {
      RowText row(buffer.data());
      row.digits(static_cast<std::uint64_t>(year_), 2).digits(static_cast<std::uint64_t>(one.number), 9);
      append_date(row.mark(','), first_day_ + static_cast<Day>(one.day)).mark(',');
      row.text(country_code(reporter_country(one.reporter))).mark(',').text(name_of(one.kind));
      for (Trader const& trader : {one.seller, one.buyer})
      {
        row.mark(',').mark(trader.is_abroad ? 'X' : 'T').digits(trader.number, trader.is_abroad ? 9 : 7);
      }
      row.mark(',').text(world_.products()[one.product].hs6(year_)).mark(',').decimal<2>(one.net);
      row.mark(',').decimal<2>(one.value).mark(',').decimal<2>(one.vat).mark(',').number(year_);
      out.append(row.mark('\n').view());
      if (truth != nullptr)
      {
        truth->invoice.push_back(id(one.number));
        truth->chain.push_back(id(one.chain));
        truth->vat_paid.push_back(one.vat_paid);
        truth->is_carousel.push_back(one.ring > 0 ? 1 : 0);
        truth->role.push_back(static_cast<std::int8_t>(one.role));
        truth->oddity.push_back(static_cast<std::int8_t>(one.oddity));
        truth->ring.push_back(static_cast<std::int32_t>(one.ring));
      }
    }
  }
}

}  // namespace tarifa::kernels
