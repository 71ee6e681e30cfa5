#include "kernels/synth/inspections.hpp"
#include "kernels/synth/text.hpp"

namespace tarifa::kernels
{

std::string_view name_of(Channel channel)
{
  constexpr std::array<std::string_view, channel_count> names = {"none", "random", "rule", "officer"};
  return names[static_cast<std::size_t>(channel)];
}

std::string_view name_of(Rule rule)
{
  constexpr std::array<std::string_view, rule_count> names = {
      "low-price", "below-limit", "indirect-preference", "new-importer", "heavy-packing", "watch-list"};
  return names[static_cast<std::size_t>(rule)];
}

std::string_view name_of(Result result)
{
  constexpr std::array<std::string_view, 3> names = {"conform", "error", "fraud"};
  return names[static_cast<std::size_t>(result)];
}

std::string_view name_of(Finding finding)
{
  constexpr std::array<std::string_view, 7> names = {"",         "value", "classification", "origin",
                                                     "quantity", "split", "undeclared"};
  return names[static_cast<std::size_t>(finding)];
}

std::string_view name_of(Outcome outcome)
{
  constexpr std::array<std::string_view, outcome_count> names = {"not-inspected", "nothing-there", "missed",
                                                                 "found"};
  return names[static_cast<std::size_t>(outcome)];
}

std::string_view inspections_header()
{
  return "declaration_id,date,reporter,office,channel,rules,random_probability,rule_probability,inspection,"
         "result_date,result,finding,items_found,additional_taxes_usd,year\n";
}

void append_inspection(Inspectorate const& inspectorate, Declaration const& declaration,
                       Selection const& selection, Inspection const& inspection, std::string& out)
{
  std::array<char, 512> buffer;
  RowText row(buffer.data());
  Head const& head = declaration.head;
  std::string_view const reporter = country_code(reporter_country(head.reporter));
  int const year = inspectorate.maker().year().year;
  row.digits(static_cast<std::uint64_t>(year), 2).digits(static_cast<std::uint64_t>(head.number), 9);
  row.mark(',').text(inspectorate.date(head.day)).mark(',').text(reporter);
  row.mark(',').text(reporter).digits(head.office + 1, 2).mark(',').text(name_of(selection.channel));
  row.mark(',');
  char between = 0;
  for (std::size_t r = 0; r < rule_count; ++r)
  {
    if (((selection.rules >> r) & 1) != 0)
    {
      if (between != 0)
      {
        row.mark(between);
      }
      row.text(name_of(static_cast<Rule>(r)));
      between = '+';
    }
  }
  row.mark(',').decimal<6>(selection.random_ppm).mark(',').decimal<6>(selection.rule_ppm);
  row.text(inspection.is_physical ? ",goods," : ",papers,").text(inspectorate.date(inspection.result_day));
  row.mark(',').text(name_of(inspection.result)).mark(',').text(name_of(inspection.finding));
  row.mark(',').number(inspection.items_found).mark(',').decimal<2>(inspection.additional_taxes);
  row.mark(',').number(year).mark('\n');
  out.append(row.view());
}

}  // namespace tarifa::kernels
