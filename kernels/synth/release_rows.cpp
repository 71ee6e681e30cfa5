#include "kernels/synth/date_text.hpp"
#include "kernels/synth/releases.hpp"

namespace tarifa::kernels
{

std::string_view name_of(Lane lane)
{
  constexpr std::array<std::string_view, 3> names = {"green", "yellow", "red"};
  return names[static_cast<std::size_t>(lane)];
}

std::string_view releases_header()
{
  return "declaration_id,reporter,office,transport,channel,authorised,arrival,unloaded,lodged,accepted,"
         "documents_begin,documents_end,agency_begin,agency_end,examination_begin,examination_end,paid,"
         "released,on_security,gate_out,year\n";
}

void append_release(DeclarationMaker const& maker, Declaration const& declaration, Release const& release,
                    std::string& out)
{
  std::array<char, 384> buffer;
  RowText row(buffer.data());
  Head const& head = declaration.head;
  std::string_view const reporter = country_code(reporter_country(head.reporter));
  int const year = maker.year().year;
  row.digits(static_cast<std::uint64_t>(year), 2).digits(static_cast<std::uint64_t>(head.number), 9);
  row.mark(',').text(reporter).mark(',').text(reporter).digits(head.office + 1, 2);
  row.mark(',').mark(transport_code(head.transport)).mark(',').text(name_of(release.lane));
  row.mark(',').mark(release.is_authorised ? '1' : '0');
  auto const minute = [&](Minute at) { append_minute(row.mark(','), at); };
  auto const work = [&](std::optional<Work> const& step)
  {
    if (step)
    {
      minute(step->begin);
      minute(step->end);
    }
    else
    {
      row.text(",,");
    }
  };
  minute(release.arrival);
  minute(release.unloaded);
  minute(release.lodged);
  minute(release.accepted);
  work(release.documents);
  work(release.agency);
  work(release.examination);
  if (release.paid)
  {
    minute(*release.paid);
  }
  else
  {
    row.mark(',');
  }
  minute(release.released);
  row.mark(',').mark(release.on_security ? '1' : '0');
  minute(release.gate_out);
  row.mark(',').number(year).mark('\n');
  out.append(row.view());
}

}  // namespace tarifa::kernels
