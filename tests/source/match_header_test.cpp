#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "pipeline/run/error.hpp"
#include "pipeline/source/source.hpp"

using namespace tarifa;

namespace
{

Source source_with(std::string const& head)
{
  return parse_source("[source]\ntable = t\n" + head + R"(
[column reporter]
names = reporterISO3; reporter_iso
kind = code
[column partner]
names = partnerISO3
kind = code
[column basis]
kind = code
names = basis
constant = CIF
)",
                      "s");
}

std::string fault_of(Source const& source, std::vector<std::string> const& header)
{
  try
  {
    match_header(source, header);
  }
  catch (Error const& e)
  {
    EXPECT_EQ(e.fault(), Fault::data);
    return e.what();
  }
  return "";
}

}  // namespace

TEST(MatchHeader, FindsColumnsWhereverTheyStand)
{
  HeaderMatch const match = match_header(source_with(""), {"partnerISO3", "more", "reporter_iso", "Basis"});
  EXPECT_EQ(match.field_of_column, (std::vector<int>{2, 0, 3}));
  EXPECT_EQ(match.unused, std::vector<std::string>{"more"});
}

TEST(MatchHeader, GivesAConstantColumnNoField)
{
  EXPECT_EQ(match_header(source_with(""), {"reporter_iso", "partnerISO3"}).field_of_column,
            (std::vector<int>{0, 1, -1}));
}

TEST(MatchHeader, DisregardsCaseBlanksAndAByteOrderMark)
{
  HeaderMatch const match = match_header(source_with(""), {"\xEF\xBB\xBFReporterIso3 ", "\tPARTNERISO3"});
  EXPECT_EQ(match.field_of_column, (std::vector<int>{0, 1, -1}));
}

TEST(MatchHeader, ReadsLatin1Names)
{
  Source const source = parse_source(
      "[source]\ntable = t\nencoding = latin-1\n[column a]\nkind = code\nnames = Pa\xC3\xADs\n", "s");
  EXPECT_EQ(match_header(source, {"x", "Pa\xEDs"}).field_of_column, std::vector<int>{1});
}

TEST(MatchHeader, TellsAllFaultsAtOnce)
{
  EXPECT_EQ(fault_of(source_with("strict-header = true"),
                     {"partnerISO", "reporterISO3", "reporter_iso", "basis", "Basis"}),
            "source 's': the header does not fit: 4 faults\n"
            "  column 'reporter': 2 fields could be it: 2 ('reporterISO3'), 3 ('reporter_iso')\n"
            "  column 'partner': no field is named 'partnerISO3'. Did you mean 'partnerISO'? "
            "Then add the name to `names` of [column partner] in s.ini\n"
            "  column 'basis': 2 fields could be it: 4 ('basis'), 5 ('Basis')\n"
            "  no column reads the field 'partnerISO' (strict-header)\n"
            "  unread fields: 'partnerISO'");
}

TEST(MatchHeader, ShowsNothingOfALineThatIsNoHeader)
{
  EXPECT_EQ(
      fault_of(source_with(""), {"19000000000", "Smith and Sons", "x"}),
      "source 's': the header does not fit: no field of the first line is known: is there a header line?");
}

TEST(MatchHeader, TellsAnotherDelimiter)
{
  std::string const text = "the delimiter is ',' but the first line has ";
  EXPECT_NE(fault_of(source_with(""), {"reporterISO3;partnerISO3"})
                .find(text + "';'. Write delimiter = ; under [source] in s.ini"),
            std::string::npos);
  EXPECT_NE(fault_of(source_with(""), {"x\t\"partnerISO3\""}).find(text + "'tab'"), std::string::npos);
  EXPECT_NE(fault_of(source_with("delimiter = |\n"), {"basis,x"}).find("is '|' but the first line has ','"),
            std::string::npos);
  EXPECT_EQ(fault_of(source_with(""), {"1;2;3"}).find("delimiter"), std::string::npos);
}

TEST(MatchHeader, ListsTheUnreadFieldsOnceAndSaysWhatToDo)
{
  EXPECT_EQ(
      fault_of(source_with(""), {"basis", "country", "Kg"}),
      "source 's': the header does not fit: 2 faults\n"
      "  column 'reporter': no field is named 'reporterISO3' or 'reporter_iso'. If it has another name, "
      "add the name to `names` of [column reporter] in s.ini\n"
      "  column 'partner': no field is named 'partnerISO3'. If it has another name, "
      "add the name to `names` of [column partner] in s.ini\n"
      "  unread fields: 'country', 'Kg'");
}

TEST(MatchHeader, DoesNotMindTwoFieldsNobodyReads)
{
  EXPECT_EQ(match_header(source_with(""), {"reporter_iso", "partnerISO3", "", ""}).unused.size(), 2U);
}

TEST(MatchHeader, RefusesAHeaderWithoutFields)
{
  EXPECT_NE(fault_of(source_with(""), {}).find("is there a header line?"), std::string::npos);
}
