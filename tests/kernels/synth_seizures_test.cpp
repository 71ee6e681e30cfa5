#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "kernels/synth/seizures.hpp"

namespace tarifa::kernels
{
namespace
{

World const& world()
{
  static World const made(7);
  return made;
}

SeizureSettings settings(std::int64_t cases)
{
  return {cases, {2020, 2, 0.1}, {2020, 2, 0.0, 0.3, 0.1, 0.08, 4}};
}

struct Made
{
  std::vector<std::map<std::string, std::string>> rows;
  SeizureTally tally;
};

std::vector<std::string> fields(std::string const& line)
{
  std::vector<std::string> found;
  std::size_t begin = 0;
  for (std::size_t comma = 0; comma != std::string::npos; begin = comma + 1)
  {
    comma = line.find(',', begin);
    found.push_back(line.substr(begin, comma == std::string::npos ? comma : comma - begin));
  }
  return found;
}

Made make(SeizureSettings const& asked, std::int32_t year)
{
  SeizurePlan const plan(world(), asked);
  SeizureYear const made(plan, year);
  Made all;
  std::string text(seizures_header());
  made.append(0, made.consignments(), text, all.tally);
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  std::vector<std::string> const names = fields(line);
  while (std::getline(lines, line))
  {
    std::vector<std::string> const cells = fields(line);
    EXPECT_EQ(cells.size(), names.size()) << line;
    auto& row = all.rows.emplace_back();
    for (std::size_t i = 0; i < names.size(); ++i)
    {
      row[names[i]] = cells[i];
    }
  }
  return all;
}

std::int64_t sum(std::vector<std::int64_t> const& facts, std::size_t which, std::size_t of)
{
  std::int64_t total = 0;
  for (std::size_t at = which; at < facts.size(); at += of)
  {
    total += facts[at];
  }
  return total;
}

TEST(Seizures, LinesOfACaseFollowEachOtherAndDatesRise)
{
  std::set<std::string> numbers;
  std::string open, date = "2021-01-01";
  int line = 0;
  Made const made = make(settings(6000), 1);
  for (auto row : made.rows)
  {
    bool const opens = row["line"] == "1";
    line = opens ? 1 : line + 1;
    EXPECT_EQ(row["line"], std::to_string(line));
    EXPECT_EQ(opens, numbers.insert(row["case_id"]).second);
    EXPECT_TRUE(opens || row["case_id"] == open);
    EXPECT_GE(row["date"], date);
    EXPECT_GT(row["report_date"], row["date"]);
    date = row["date"];
    open = row["case_id"];
    EXPECT_TRUE(row["operation"].empty() || row["operation"].starts_with("OP-2021-"));
    EXPECT_NE(row["departure"], row["destination"]);
  }
  EXPECT_EQ(date.substr(0, 7), "2021-12");
  EXPECT_NEAR(static_cast<double>(numbers.size()), 3000, 600);
  EXPECT_GT(made.rows.size(), numbers.size() + numbers.size() / 10);
}

TEST(Seizures, AConsignmentDependsOnItsNumberAndNotOnTheBlockItIsMadeWith)
{
  SeizurePlan const plan(world(), settings(3000));
  SeizureYear const year(plan, 0);
  std::string whole, pieces;
  SeizureTally of_whole, of_pieces;
  year.append(0, year.consignments(), whole, of_whole);
  for (std::int64_t first = 0; first < year.consignments(); first += 777)
  {
    SeizureTally tally;
    year.append(first, std::min<std::int64_t>(777, year.consignments() - first), pieces, tally);
    of_pieces += tally;
  }
  EXPECT_EQ(whole, pieces);
  EXPECT_EQ(of_whole.by_line, of_pieces.by_line);
  EXPECT_EQ(of_whole.by_way, of_pieces.by_way);
  EXPECT_EQ(of_whole.by_desk, of_pieces.by_desk);
}

TEST(Seizures, TheTruthAddsUpAndHoldsWhatIsReported)
{
  Made const made = make(settings(20000), 0);
  SeizureTally const& t = made.tally;
  using T = SeizureTally;
  std::int64_t cases = 0, quantity = 0, without_quantity = 0;
  for (auto row : made.rows)
  {
    cases += row["line"] == "1" ? 1 : 0;
    std::string digits = row["quantity"];
    std::erase(digits, '.');
    without_quantity += digits.empty() ? 1 : 0;
    quantity += digits.empty() ? 0 : std::stoll(digits);
  }
  EXPECT_EQ(t.reported_cases(), cases);
  EXPECT_EQ(sum(t.by_line, T::reported_lines, T::line_facts), static_cast<std::int64_t>(made.rows.size()));
  EXPECT_EQ(sum(t.by_desk, T::desk_reported, T::desk_facts), cases);
  EXPECT_EQ(sum(t.by_desk, T::desk_seized, T::desk_facts), sum(t.by_way, T::seized, T::way_facts));
  EXPECT_GT(without_quantity, 0);
  EXPECT_LT(quantity, sum(t.by_line, T::reported_quantity, T::line_facts));
  for (std::size_t at = 0; at < t.by_line.size(); at += T::line_facts)
  {
    EXPECT_LE(t.by_line[at + T::reported_lines], t.by_line[at + T::seized_lines]);
    EXPECT_LE(t.by_line[at + T::seized_lines], t.by_line[at + T::lines]);
    EXPECT_LE(t.by_line[at + T::seized_quantity], t.by_line[at + T::quantity]);
  }
  // As many are seized as their chances say, within four standard deviations of a sum of rare events.
  double const expected = static_cast<double>(sum(t.by_way, T::chance, T::way_facts)) / 4294967296.0;
  auto const seized = static_cast<double>(sum(t.by_way, T::seized, T::way_facts));
  EXPECT_NEAR(seized, expected, 4 * std::sqrt(expected));
  EXPECT_LT(seized, 0.2 * static_cast<double>(sum(t.by_way, T::consignments, T::way_facts)));
}

TEST(Seizures, AdministrationsThatNeverReportLeaveNoCase)
{
  SeizureSettings silent = settings(1000);
  silent.enforcement.silent_share = 1;
  EXPECT_TRUE(make(silent, 0).rows.empty());
  EXPECT_TRUE(make(settings(0), 0).rows.empty());
}

TEST(Seizures, AnAdministrationReportsFromTheMonthItJoins)
{
  SeizureSettings joining = settings(20000);
  joining.enforcement.joining_share = 1;
  joining.enforcement.leaving_share = 0;
  joining.enforcement.silent_share = 0;
  Enforcement const enforcement(world(), joining.enforcement);
  std::map<std::string, std::string> first;
  for (auto row : make(joining, 0).rows)
  {
    first.try_emplace(row["reporter"], row["date"]);
  }
  std::int32_t late = 0;
  for (std::uint32_t r = 0; r < reporter_count; ++r)
  {
    auto const found = first.find(std::string(country_code(reporter_country(r))));
    std::int32_t const joins = enforcement.first_month(r);
    EXPECT_TRUE(found == first.end() || std::stoi(found->second.substr(5, 2)) > joins);
    late += joins > 11 && found == first.end() ? 1 : 0;
  }
  EXPECT_GT(late, 5);
}

TEST(Seizures, MoreIsFoundWhereAnOperationLooks)
{
  SeizureSettings quiet = settings(20000);
  SeizureSettings busy = quiet;
  quiet.enforcement.operations = 0;
  busy.enforcement.operations = 40;
  int in_operations = 0;
  for (auto row : make(busy, 0).rows)
  {
    in_operations += row["operation"].empty() ? 0 : 1;
  }
  EXPECT_GT(in_operations, 2000);
  for (auto row : make(quiet, 0).rows)
  {
    ASSERT_EQ(row["operation"], "");
  }
}

}  // namespace
}  // namespace tarifa::kernels
