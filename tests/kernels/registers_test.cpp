#include "kernels/synth/registers.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <gtest/gtest.h>

#include "kernels/synth/declaration_maker.hpp"
#include "kernels/synth/tariff_text.hpp"

namespace tarifa::kernels
{
namespace
{

World const& world()
{
  static World const made(7);
  return made;
}

Actors const& actors()
{
  static Actors const made(world(), {400, 2, Persistence::on});
  return made;
}

constexpr int year = 2021;

TEST(Registers, HaveEveryoneWhoIsThereOnADayOfTheYear)
{
  Day const from = day_of_year_start(year), end = day_of_year_start(year + 1);
  for (std::uint32_t const reporter : {0U, 1U})
  {
    std::set<std::uint32_t> numbers;
    std::uint32_t last = 0;
    for (Importer const& importer : importers_between(actors(), reporter, from, end))
    {
      EXPECT_TRUE(numbers.empty() || importer.number > last);
      EXPECT_LT(importer.entry, end);
      EXPECT_GT(importer.exit, from);
      last = importer.number;
      numbers.insert(last);
    }
    std::set<std::uint32_t> met;
    for (std::uint32_t rank = 0; rank < actors().settings().seats; ++rank)
    {
      for (Day day = from; day < end; ++day)
      {
        Importer const importer = actors().importer(reporter, rank, day);
        if (importer.entry <= day && day < importer.exit)
        {
          met.insert(importer.number);
        }
      }
    }
    EXPECT_EQ(numbers, met);
    EXPECT_GT(numbers.size(), actors().settings().seats);  // some have come and gone
  }
}

YearOfActors const& register_of(int of_year)
{
  static std::map<int, YearOfActors> made;
  return made.try_emplace(of_year, world(), actors(), of_year).first->second;
}

TEST(Registers, AnExitStandsOnlyWhenItIsKnown)
{
  Importer importer = actors().occupant(0, 5, 10);
  importer.entry = day_of_year_start(2020);
  importer.exit = day_of_year_start(2021) + 3;
  std::string before, after;
  append_importer(register_of(2020), importer, before);
  append_importer(register_of(2021), importer, after);
  EXPECT_NE(before.find(",2020-01-01,,"), std::string::npos) << before;
  EXPECT_NE(after.find(",2020-01-01,2021-01-04,"), std::string::npos) << after;
  EXPECT_TRUE(before.ends_with(",2020\n") && after.ends_with(",2021\n")) << before << after;
}

TEST(Registers, WhoeverADeclarationNamesIsRegisteredOnItsDay)
{
  constexpr std::int64_t rows = 16384;
  DeclarationMaker const maker(world(), actors(), {year, rows, 0}, FraudSettings{});
  std::map<std::pair<char, std::uint32_t>, std::pair<Day, Day>> known;
  auto const add = [&](char kind, std::uint32_t number, Day entry, Day exit) {
    EXPECT_TRUE(known.try_emplace({kind, number}, entry, exit).second) << kind << number << " twice";
  };
  for (std::uint32_t country = 0; country < country_count; ++country)
  {
    for (Exporter const& exporter : register_of(year).exporters(country))
    {
      add('X', exporter.number, exporter.tenure.entry, exporter.tenure.exit);
    }
  }
  for (std::uint32_t const reporter : {0U, 1U})
  {
    for (Importer const& importer : register_of(year).importers(reporter))
    {
      add('T', importer.number, importer.entry, importer.exit);
    }
    for (Agent const& broker : register_of(year).agents(AgentKind::broker, reporter))
    {
      add('D', broker.number, broker.tenure.entry, broker.tenure.exit);
    }
  }
  std::map<char, std::set<std::uint32_t>> met;
  Span span;
  for (std::int64_t k = 0; k * rows_per_span < rows; ++k)
  {
    maker.make(k, span);
    for (int d = 0; d < span.count; ++d)
    {
      Head const& head = span.declarations[static_cast<std::size_t>(d)].head;
      Day const today = maker.absolute(head.day);
      std::array<std::pair<char, std::uint32_t>, 3> const named = {
          {{'T', head.importer.number}, {'D', head.declarant}, {'X', head.exporter}}};
      for (auto const& who : named)
      {
        auto const found = known.find(who);
        ASSERT_NE(found, known.end()) << who.first << who.second;
        EXPECT_LE(found->second.first, today) << who.first << who.second;
        EXPECT_GT(found->second.second, today) << who.first << who.second;
        met[who.first].insert(who.second);
      }
    }
  }
  EXPECT_GT(met['X'].size(), 2000U);
  EXPECT_GT(met['D'].size(), 35U);
}

TEST(Registers, AreTheSameInTheNextYearForWhoIsStillThere)
{
  std::size_t both = 0, shells = 0;
  for (std::uint32_t country = 0; country < country_count; ++country)
  {
    std::map<std::uint32_t, Exporter> before;
    for (Exporter const& exporter : register_of(year).exporters(country))
    {
      before.emplace(exporter.number, exporter);
    }
    for (Exporter const& exporter : register_of(year + 1).exporters(country))
    {
      auto const found = before.find(exporter.number);
      EXPECT_EQ(found != before.end(), exporter.tenure.entry < day_of_year_start(year + 1));
      if (found != before.end())
      {
        EXPECT_EQ(found->second.tenure.entry, exporter.tenure.entry);
        EXPECT_EQ(found->second.tenure.exit, exporter.tenure.exit);
        EXPECT_EQ(register_of(year).addresses().of(found->second),
                  register_of(year + 1).addresses().of(exporter));
        ++both;
        shells += exporter.kind == ExporterKind::shell ? 1 : 0;
      }
    }
  }
  EXPECT_GT(both, 3000U);
  EXPECT_GT(shells, 30U);
}

TEST(Registers, TheShellsOfOneImporterMostlyShareAnAddressAndHonestCompaniesSometimesDo)
{
  Addresses const& addresses = register_of(year).addresses();
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::map<Address, int>> of_keeper;
  std::map<Address, std::set<ExporterKind>> kinds;
  std::size_t short_lived = 0, shells = 0, shell_days = 0, short_days = 0;
  for (std::uint32_t country = 0; country < country_count; ++country)
  {
    for (Exporter const& exporter : register_of(year).exporters(country))
    {
      auto const days = static_cast<std::size_t>(exporter.tenure.exit - exporter.tenure.entry);
      kinds[addresses.of(exporter)].insert(exporter.kind);
      if (exporter.kind == ExporterKind::shell)
      {
        ++of_keeper[{exporter.keeper.seat, exporter.keeper.person}][addresses.of(exporter)];
        ++shells;
        shell_days += days;
      }
      else if (exporter.kind == ExporterKind::occasional)
      {
        ++short_lived;
        short_days += days;
      }
    }
  }
  int together = 0, all = 0, among_honest = 0;
  for (auto const& [keeper, places] : of_keeper)
  {
    for (auto const& [address, count] : places)
    {
      all += count;
      together += count > 1 ? count : 0;
      among_honest += kinds[address].size() > 1 ? count : 0;
    }
  }
  ASSERT_GT(all, 200);
  EXPECT_GT(together, all / 2);
  EXPECT_LT(together, all * 9 / 10);
  EXPECT_GT(among_honest, all / 4);  // an address alone says nothing
  // Nor does the age: those who sell now and then do not last longer.
  double const mean_shell = static_cast<double>(shell_days) / static_cast<double>(shells);
  double const mean_short = static_cast<double>(short_days) / static_cast<double>(short_lived);
  EXPECT_NEAR(mean_shell / mean_short, 1, 0.2);
}

TEST(Registers, WhoReturnsKeepsTheSupplyChainAndMostlyTheNeighbourhood)
{
  Exporters const exporters(world(), actors());
  Addresses const& addresses = register_of(year).addresses();
  int returned = 0, same_broker = 0, same_district = 0, same_seller = 0, strangers = 0, stranger_district = 0;
  for (std::uint32_t rank = 20; rank < actors().settings().seats; ++rank)
  {
    for (std::uint32_t number = 1; number < 40; ++number)
    {
      Importer const now = actors().occupant(0, rank, number),
                     before = actors().occupant(0, rank, number - 1);
      bool const near = addresses.of(now).district == addresses.of(before).district;
      if (!now.has_returned())
      {
        ++strangers;
        stranger_district += near ? 1 : 0;
        continue;
      }
      EXPECT_EQ(now.person, before.person);
      EXPECT_NE(now.number, before.number);
      EXPECT_TRUE(now.is_evader);
      ++returned;
      same_broker += actors().supply_chain(now).broker == actors().supply_chain(before).broker ? 1 : 0;
      same_seller +=
          exporters.supplier(now, 7, 1, now.entry) == exporters.supplier(before, 7, 1, now.entry) ? 1 : 0;
      same_district += near ? 1 : 0;
    }
  }
  ASSERT_GT(returned, 300);
  EXPECT_EQ(same_seller, returned);
  EXPECT_NEAR(static_cast<double>(same_broker) / returned, 0.85, 0.1);
  EXPECT_NEAR(static_cast<double>(same_district) / returned, 0.75, 0.12);
  EXPECT_LT(static_cast<double>(stranger_district) / strangers, 0.3);
}

TEST(Registers, EveryAddressIsListedOnceWithItsCoordinates)
{
  std::string exporters, listed;
  append_exporters(register_of(year), 11, exporters);
  append_addresses(register_of(year), 11, listed);
  std::set<std::string> numbers, used;
  for (std::size_t at = 0; at < listed.size(); at = listed.find('\n', at) + 1)
  {
    EXPECT_TRUE(numbers.insert(listed.substr(at, 8)).second);
    EXPECT_EQ(listed.substr(at + 9, 3), country_code(11));
  }
  for (std::size_t at = exporters.find(",A"); at != std::string::npos; at = exporters.find(",A", at + 1))
  {
    used.insert(exporters.substr(at + 1, 8));
  }
  EXPECT_EQ(numbers, used);
}

TEST(Registers, NumbersOfTheLargestWorldStayWithinTheirDigits)
{
  Actors const many(world(), {5000, reporter_count, Persistence::on});
  Exporters const exporters(world(), many);
  std::set<std::uint32_t> seen;
  std::size_t all = 0;
  // The last seat of the last reporter and the latest day have the highest numbers.
  for (Exporter const& shell :
       exporters.shells_between(reporter_count - 1, day_of_year_start(2184), day_of_year_start(2186)))
  {
    EXPECT_LT(shell.number, 1'000'000'000U);
    seen.insert(shell.number);
    ++all;
  }
  for (Exporter const& exporter : exporters.between(0, day_of_year_start(2184), day_of_year_start(2186)))
  {
    seen.insert(exporter.number);
    ++all;
  }
  EXPECT_EQ(seen.size(), all);
  EXPECT_GT(all, 10'000U);
}

TEST(TariffText, HasTwoLinesWhereDutyChangesInJuly)
{
  Tariff const tariff(world(), year);
  std::string text;
  append_tariff(tariff, world(), 0, text);
  std::size_t changed = 0, filed = 0;
  for (std::uint32_t product = 0; product < product_count; ++product)
  {
    bool const is_filed = world().products()[product].filed_as(year) == product;
    filed += is_filed ? 1 : 0;
    changed += is_filed && tariff.line(0, product, 1) != tariff.line(0, product, 7) ? 1 : 0;
  }
  EXPECT_GT(changed, 0U);
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(text, '\n')), filed + changed);
  EXPECT_EQ(text.find("-07-01,2021-06-30"), std::string::npos);
}

}  // namespace
}  // namespace tarifa::kernels
