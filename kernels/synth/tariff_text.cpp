#include "kernels/synth/tariff_text.hpp"

#include <array>

#include "kernels/synth/text.hpp"

namespace tarifa::kernels
{
namespace
{

/// Calls visit(product) for the products that goods are filed under in the year, by code.
template <class Visit>
void for_each_filed(World const& world, int year, Visit const& visit)
{
  for (std::uint32_t product = 0; product < product_count; ++product)
  {
    if (world.products()[product].filed_as(year) == product)
    {
      visit(product);
    }
  }
}

std::string_view unit_of(AmountBasis basis, Product const& product)
{
  return basis == AmountBasis::net_mass ? "KGM" : unit_code(product.unit);
}

struct Period
{
  std::string_view from, to;  ///< month and day
  std::uint32_t month;        ///< one of it
};

void append_line(Tariff const& tariff, World const& world, std::uint32_t reporter, std::uint32_t product,
                 Period const& period, std::string& out)
{
  std::array<char, 256> buffer;
  RowText row(buffer.data());
  Product const& goods = world.products()[product];
  DutyLine const& line = tariff.line(reporter, product, period.month);
  ExciseLine const& excise = tariff.excise(product);
  int const year = tariff.year();
  row.text(country_code(reporter_country(reporter))).mark(',').text(goods.hs6(year));
  row.mark(',').number(year).text(period.from).mark(',').number(year).text(period.to);
  row.mark(',').text(name_of(line.kind)).mark(',').decimal<1>(line.per_mille).mark(',');
  if (line.kind == DutyKind::seasonal)
  {
    row.decimal<1>(line.off_season_per_mille).mark(',').number(line.first_month);
    row.mark(',').number(line.last_month);
  }
  else
  {
    row.text(",,");
  }
  row.mark(',');
  if (line.specific_cents > 0)
  {
    row.decimal<2>(line.specific_cents).mark(',').text(unit_of(line.basis, goods));
  }
  else
  {
    row.mark(',');
  }
  row.mark(',').decimal<1>(excise.per_mille).mark(',');
  if (excise.specific_cents > 0)
  {
    row.decimal<2>(excise.specific_cents).mark(',').text(unit_of(excise.basis, goods));
  }
  else
  {
    row.mark(',');
  }
  row.mark(',').decimal<1>(tariff.vat_per_mille(reporter, product)).mark(',').number(year).mark('\n');
  out.append(row.view());
}

}  // namespace

std::string_view tariff_header()
{
  return "reporter,hs6,valid_from,valid_to,duty_kind,duty_rate_pct,off_season_rate_pct,season_first_month,"
         "season_last_month,duty_usd_per_100,duty_unit,excise_rate_pct,excise_usd_per_100,excise_unit,"
         "vat_rate_pct,year\n";
}

void append_tariff(Tariff const& tariff, World const& world, std::uint32_t reporter, std::string& out)
{
  for_each_filed(world, tariff.year(),
                 [&](std::uint32_t product)
                 {
                   if (tariff.line(reporter, product, 1) == tariff.line(reporter, product, 7))
                   {
                     append_line(tariff, world, reporter, product, {"-01-01", "-12-31", 1}, out);
                     return;
                   }
                   append_line(tariff, world, reporter, product, {"-01-01", "-06-30", 1}, out);
                   append_line(tariff, world, reporter, product, {"-07-01", "-12-31", 7}, out);
                 });
}

std::string_view preferences_header()
{
  return "reporter,origin,agreement,year\n";
}

void append_preferences(Tariff const& tariff, std::uint32_t reporter, std::string& out)
{
  for (std::uint32_t origin = 0; origin < country_count; ++origin)
  {
    if (std::uint32_t const agreement = tariff.agreement(reporter, origin); agreement > 0)
    {
      std::array<char, 64> buffer;
      RowText row(buffer.data());
      row.text(country_code(reporter_country(reporter))).mark(',').text(country_code(origin));
      row.text(",A").digits(agreement, 2).mark(',').number(tariff.year()).mark('\n');
      out.append(row.view());
    }
  }
}

std::string_view preference_rates_header()
{
  return "agreement,hs6,duty_left_pct,year\n";
}

std::string preference_rates(Tariff const& tariff, World const& world)
{
  std::string out(preference_rates_header());
  for (std::uint32_t agreement = 1; agreement <= agreement_count; ++agreement)
  {
    for_each_filed(world, tariff.year(),
                   [&](std::uint32_t product)
                   {
                     std::uint32_t const left = tariff.preferential_percent(agreement, product);
                     if (left == 100)
                     {
                       return;
                     }
                     std::array<char, 64> buffer;
                     RowText row(buffer.data());
                     row.mark('A').digits(agreement, 2).mark(',');
                     row.text(world.products()[product].hs6(tariff.year())).mark(',').number(left);
                     row.mark(',').number(tariff.year()).mark('\n');
                     out.append(row.view());
                   });
  }
  return out;
}

std::string_view reliefs_header()
{
  return "reporter,low_value_limit_usd,year\n";
}

std::string reliefs(Tariff const& tariff, std::uint32_t reporters)
{
  std::string out(reliefs_header());
  for (std::uint32_t reporter = 0; reporter < reporters; ++reporter)
  {
    std::array<char, 64> buffer;
    RowText row(buffer.data());
    row.text(country_code(reporter_country(reporter))).mark(',');
    row.decimal<2>(tariff.low_value_limit(reporter)).mark(',').number(tariff.year()).mark('\n');
    out.append(row.view());
  }
  return out;
}

}  // namespace tarifa::kernels
