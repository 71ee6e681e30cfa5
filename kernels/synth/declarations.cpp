#include "kernels/synth/declarations.hpp"

#include <array>

#include "kernels/synth/amendments.hpp"
#include "kernels/synth/inspections.hpp"
#include "kernels/synth/item_row.hpp"
#include "kernels/synth/releases.hpp"

namespace tarifa::kernels
{
namespace
{

enum Purpose : std::uint64_t
{
  broken_purpose = 200,
  fault_purpose,
};

void write_taxes(DeclarationMaker const& maker, Declaration const& declaration, int i, RowText& row)
{
  Head const& head = declaration.head;
  Item const& item = declaration.items[static_cast<std::size_t>(i)];
  DutyLine const& line = maker.tariff().line(head.reporter, item.declared.product, head.month);
  row.digits(static_cast<std::uint64_t>(maker.year().year), 2);
  row.digits(static_cast<std::uint64_t>(head.number), 9).mark(',').number(i + 1).mark(',');
  if (item.agreement_claimed > 0)
  {
    row.mark('A').digits(item.agreement_claimed, 2);
  }
  row.mark(',').text(name_of(declaration.relief)).mark(',').text(name_of(line.kind));
  row.mark(',').decimal<2>(item.declared_taxes.duty).mark(',').decimal<2>(item.declared_taxes.excise);
  row.mark(',').decimal<2>(item.declared_taxes.vat).mark(',').decimal<2>(item.declared_taxes.total());
  row.mark(',').number(maker.year().year).mark('\n');
}

std::int32_t number_of(Product const& product, int year)
{
  std::int32_t number = 0;
  for (char const digit : product.hs6(year))
  {
    number = number * 10 + (digit - '0');
  }
  return number;
}

void add_truth(DeclarationMaker const& maker, Declaration const& declaration, int i, DeclarationTruth& truth)
{
  Head const& head = declaration.head;
  Item const& item = declaration.items[static_cast<std::size_t>(i)];
  auto const& products = maker.world().products();
  auto const id = [&](std::int64_t row)
  { return maker.year().year % 100 * std::int64_t{1'000'000'000} + row; };
  truth.declaration.push_back(id(head.number));
  truth.item.push_back(static_cast<std::int8_t>(i + 1));
  truth.hs6.push_back(number_of(products[item.truth.product], maker.year().year));
  truth.origin.push_back(static_cast<std::int16_t>(item.truth.origin));
  truth.net.push_back(item.truth.net);
  truth.quantity.push_back(item.truth.quantity);
  truth.customs_value.push_back(item.truth.customs_value());
  truth.hidden_hs6.push_back(
      item.hidden_value > 0 ? number_of(products[item.hidden_product], maker.year().year) : 0);
  truth.hidden_value.push_back(item.hidden_value);
  truth.duty_due.push_back(item.due.duty);
  truth.excise_due.push_back(item.due.excise);
  truth.vat_due.push_back(item.due.vat);
  truth.taxes_due.push_back(item.due.total());
  truth.taxes_declared.push_back(item.declared_taxes.total());
  truth.mechanism.push_back(static_cast<std::int8_t>(item.mechanism));
  truth.honest_error.push_back(static_cast<std::int8_t>(item.error));
  truth.fraud_probability.push_back(item.fraud_probability);
  truth.consignment.push_back(id(declaration.consignment));
  truth.chain_length.push_back(static_cast<std::int8_t>(item.chain_length));
  truth.importer.push_back(static_cast<std::int32_t>(head.importer.number));
  truth.seat.push_back(static_cast<std::int32_t>(head.importer.seat));
  truth.person.push_back(static_cast<std::int32_t>(head.importer.person));
  truth.fault.push_back(0);
}

Outcome outcome_of(Item const& item, Selection const& selection, bool found)
{
  bool const is_false = item.mechanism != Mechanism::none || item.error != HonestError::none;
  return selection.channel == Channel::none ? Outcome::not_inspected
         : !is_false                        ? Outcome::nothing_there
         : found                            ? Outcome::found
                                            : Outcome::missed;
}

void add_inspection_truth(Item const& item, Selection const& selection, bool found, DeclarationTruth& truth)
{
  constexpr double million = 1e6;
  truth.random_probability.push_back(static_cast<double>(selection.random_ppm) / million);
  truth.rule_probability.push_back(static_cast<double>(selection.rule_ppm) / million);
  truth.officer_probability.push_back(static_cast<double>(selection.officer_ppm) / million);
  truth.channel.push_back(static_cast<std::int8_t>(selection.channel));
  truth.outcome.push_back(static_cast<std::int8_t>(outcome_of(item, selection, found)));
}

void add_amendment_truth(Amendments const& amendments, std::size_t at, DeclarationTruth& truth)
{
  truth.versions.push_back(static_cast<std::int8_t>(1 + amendments.versions.size()));
  truth.correction.push_back(static_cast<std::int8_t>(amendments.corrections[at]));
  truth.audit.push_back(static_cast<std::int8_t>(amendments.audit[at]));
}

/// Appends rows as they are or with a planted fault.
class RowSink
{
 public:
  RowSink(DeclarationMaker const& maker, std::string& out)
      : maker_(maker)
      , out_(out)
      , broken_below_(static_cast<std::uint64_t>(maker.year().broken_share * 4294967296.0))
  {
  }

  /// 0, or 1 + the fault planted.
  std::int8_t add(std::int64_t row, std::string_view text)
  {
    Draws const draws = maker_.draws(row);
    std::int8_t planted = 0;
    if ((draws.bits(broken_purpose) >> 32) >= broken_below_)
    {
      out_.append(text);
      before_is_whole_ = true;
    }
    else
    {
      // A copy needs a sound row above it in the same block; else the row loses a field instead.
      RowFault const drawn = draw_fault(draws.bits(fault_purpose));
      RowFault const fault =
          drawn == RowFault::duplicate && !before_is_whole_ ? RowFault::missing_field : drawn;
      ++faults_[static_cast<std::size_t>(fault)];
      planted = static_cast<std::int8_t>(1 + static_cast<int>(fault));
      out_.append(broken_row(text, before_, fault));
      before_is_whole_ = false;
    }
    if (broken_below_ > 0)
    {
      before_.assign(text);
    }
    return planted;
  }

  RowFaultCounts const& faults() const noexcept { return faults_; }

 private:
  DeclarationMaker const& maker_;
  std::string& out_;
  std::uint64_t broken_below_;
  std::string before_;
  bool before_is_whole_ = false;
  RowFaultCounts faults_{};
};

}  // namespace

RowText& write_item(DeclarationMaker const& maker, Declaration const& declaration, int i, RowText& row)
{
  Head const& head = declaration.head;
  Item const& item = declaration.items[static_cast<std::size_t>(i)];
  Goods const& goods = item.declared;
  Product const& product = maker.world().products()[goods.product];
  std::string_view const reporter = country_code(reporter_country(head.reporter));
  DutyLine const& line = maker.tariff().line(head.reporter, goods.product, head.month);
  std::uint32_t const percent = maker.tariff().preferential_percent(item.agreement_claimed, goods.product);
  std::uint32_t const rate = declaration.relief == Relief::none ? line.reduced(percent).rate(head.month) : 0;
  int const year = maker.year().year;
  row.digits(static_cast<std::uint64_t>(year), 2).digits(static_cast<std::uint64_t>(head.number), 9);
  row.mark(',').number(i + 1).mark(',').text(maker.calendar().date(head.day)).mark(',').text(reporter);
  row.mark(',').text(reporter).digits(head.office + 1, 2);
  row.text(",T").digits(head.importer.number, 7);
  row.text(",D").digits(head.declarant, 7);
  row.text(",X").digits(head.exporter, 9).mark(',').text(country_code(goods.origin));
  row.mark(',')
      .text(country_code(head.dispatch))
      .mark(',')
      .text(product.hs6(year))
      .mark(',')
      .text(head.regime);
  row.mark(',').mark(transport_code(head.transport)).mark(',').text(head.incoterm);
  row.mark(',').text(head.currency);
  row.mark(',').decimal<2>(goods.gross).mark(',').decimal<2>(goods.net);
  row.mark(',').number(goods.quantity).mark(',').text(unit_code(product.unit));
  row.mark(',').decimal<2>(goods.invoice).mark(',').decimal<2>(goods.freight);
  row.mark(',').decimal<2>(goods.insurance).mark(',').decimal<2>(goods.customs_value());
  row.mark(',').decimal<1>(rate).mark(',').decimal<2>(item.declared_taxes.duty);
  row.mark(',').decimal<2>(item.declared_taxes.vat).mark(',').number(year);
  return row;
}

void DeclarationTruth::clear()
{
  *this = {};
}

std::string_view declarations_header()
{
  return "declaration_id,item,date,reporter,office,importer,declarant,exporter,origin,dispatch,hs6,"
         "regime,transport,incoterm,currency,gross_kg,net_kg,quantity,unit,invoice_usd,freight_usd,"
         "insurance_usd,customs_value_usd,duty_rate_pct,duty_usd,vat_usd,year\n";
}

std::string_view item_taxes_header()
{
  return "declaration_id,item,preference,relief,duty_kind,duty_usd,excise_usd,vat_usd,taxes_usd,year\n";
}

RowFaultCounts append_declarations(DeclarationMaker const& maker, std::int64_t first, std::int64_t count,
                                   DeclarationSinks const& sinks)
{
  std::string unused;
  RowSink rows(maker, sinks.rows != nullptr ? *sinks.rows : unused);
  std::array<char, 512> buffer;
  Span span;
  for (std::int64_t k = first / rows_per_span; k * rows_per_span < first + count; ++k)
  {
    maker.make(k, span);
    for (int d = 0; d < span.count; ++d)
    {
      Declaration const& declaration = span.declarations[static_cast<std::size_t>(d)];
      Selection selection;
      Inspection inspection;
      if (sinks.inspectorate != nullptr)
      {
        selection = sinks.inspectorate->select(declaration);
      }
      if (selection.channel != Channel::none)
      {
        inspection = sinks.inspectorate->inspect(declaration, selection);
        if (sinks.inspections != nullptr)
        {
          append_inspection(*sinks.inspectorate, declaration, selection, inspection, *sinks.inspections);
        }
      }
      if (sinks.releases != nullptr)
      {
        append_release(maker, declaration, sinks.clearance->release(declaration, selection, inspection),
                       *sinks.releases);
      }
      Amendments amendments;
      if (sinks.amender != nullptr)
      {
        amendments = sinks.amender->amend(declaration, selection, inspection);
      }
      if (sinks.amendments != nullptr)
      {
        append_amendments(maker, declaration, amendments, *sinks.amendments);
      }
      for (int i = 0; i < declaration.count; ++i)
      {
        std::int8_t fault = 0;
        if (sinks.rows != nullptr)
        {
          RowText row(buffer.data());
          write_item(maker, declaration, i, row).mark('\n');
          fault = rows.add(declaration.items[static_cast<std::size_t>(i)].row, row.view());
        }
        if (sinks.taxes != nullptr)
        {
          RowText row(buffer.data());
          write_taxes(maker, declaration, i, row);
          sinks.taxes->append(row.view());
        }
        if (sinks.truth != nullptr)
        {
          add_truth(maker, declaration, i, *sinks.truth);
          sinks.truth->fault.back() = fault;
          auto const at = static_cast<std::size_t>(i);
          add_inspection_truth(declaration.items[at], selection, inspection.found[at], *sinks.truth);
          add_amendment_truth(amendments, at, *sinks.truth);
        }
      }
    }
  }
  return rows.faults();
}

}  // namespace tarifa::kernels
