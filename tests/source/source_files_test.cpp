#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "pipeline/run/error.hpp"
#include "pipeline/source/source.hpp"

using namespace tarifa;

namespace
{

std::filesystem::path const folder = std::filesystem::path(TARIFA_SOURCE_DIR) / "configs" / "sources";

/// Cuts a header line; only its quoted names may hold commas.
std::vector<std::string> cut(std::string const& line)
{
  std::vector<std::string> names(1);
  bool quoted = false;
  for (char const c : line)
  {
    quoted = c == '"' ? !quoted : quoted;
    if (c == ',' && !quoted)
    {
      names.emplace_back();
    }
    else if (c != '"')
    {
      names.back() += c;
    }
  }
  return names;
}

void expect_all_read(std::string const& name, std::string const& header)
{
  Source const source = read_source(folder / (name + ".ini"));
  HeaderMatch const match = match_header(source, cut(header));
  EXPECT_TRUE(match.unused.empty()) << name << ": " << match.unused.front();
  std::set<int> const fields(match.field_of_column.begin(), match.field_of_column.end());
  EXPECT_EQ(fields.size(), source.columns.size());
}

class Folder
{
 public:
  Folder() : path(std::filesystem::path(testing::TempDir()) / "tarifa_source_files_test")
  {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  void write(std::string const& name, std::string const& text) const
  {
    std::ofstream(path / name, std::ios::binary) << text;
  }
  std::filesystem::path path;
};

}  // namespace

TEST(SourceFiles, AllParseAndSayWhatTheyAre)
{
  int files = 0;
  for (auto const& entry : std::filesystem::directory_iterator(folder))
  {
    ASSERT_EQ(entry.path().extension(), ".ini") << entry.path();
    SCOPED_TRACE(entry.path().string());
    Source const source = read_source(entry.path());
    EXPECT_EQ(source.name, entry.path().stem().string());
    EXPECT_FALSE(source.title.empty());
    EXPECT_FALSE(source.origin.empty());
    // What has no date is one partition.
    std::set<std::string> const undated{"factories", "ports", "distances", "countries"};
    bool const is_undated = undated.contains(source.table);
    EXPECT_EQ(source.partition_column.empty(), is_undated);
    for (ColumnSchema const& column : source.schema().columns)
    {
      EXPECT_FALSE(column.title.empty()) << column.name;
    }
    ++files;
  }
  EXPECT_GE(files, 7);
}

TEST(SourceFiles, ReadEveryFieldOfTheRealHeaders)
{
  expect_all_read("trade-comtrade-annual",
                  "year,flowCode,reporterISO3,partnerISO3,cmdCode,primaryValue,netWgt,cif,fob,months");
  expect_all_read(
      "trade-comtrade-monthly",
      "period,reporter_iso,flow_code,partner_iso,classification_code,cmd_code,qty_unit_code,qty,"
      "is_qty_estimated,alt_qty_unit_code,alt_qty,net_wgt,is_net_wgt_estimated,gross_wgt,cifvalue,fobvalue,"
      "primary_value,legacy_estimation_flag,is_reported");
  expect_all_read(
      "declarations-kcs",
      "Declaration ID,Date,Office ID,Process Type,Import Type,Import Use,Payment Type,Mode of Transport,"
      "Declarant ID,Importer ID,Seller ID,Courier ID,HS6 Code,Country of Departure,Country of Origin,"
      "Tax Rate,Tax Type,Country of Origin Indicator,Net Mass,Item Price,Fraud,Critical Fraud");
  expect_all_read(
      "seizures-cbp",
      "FY,Month (abbv),Component,Region,Land Filter,Area of Responsibility,Drug Type,Count of Event,"
      "Sum Qty (lbs)");
  expect_all_read(
      "seizures-cbp-amo",
      "FY,Month (abbv),Component,Region,Land Filter,Branch,Drug Type,Count of Event,Sum Qty (lbs)");
  expect_all_read(
      "seizures-routes",
      "ID,Year,Date ,Database,Location ,\"City, Country\",Origin,Transit,Destination,Weight (kg) ,Number,"
      "Airline ,Mode of Transport,Method of Detection,Obfuscation Method,Species");
  expect_all_read(
      "seizures-lemis",
      "control_number,species_code,taxa,class,genus,species,subspecies,specific_name,generic_name,"
      "description,quantity,unit,value,country_origin,country_imp_exp,purpose,source,action,disposition,"
      "disposition_date,disposition_year,shipment_date,shipment_year,import_export,port,us_co,foreign_co,"
      "cleaning_notes");
}

TEST(SourceFiles, TellLayoutsApart)
{
  Source const nationwide = read_source(folder / "seizures-cbp.ini");
  EXPECT_THROW(match_header(nationwide, cut("FY,Month (abbv),Component,Region,Land Filter,Branch,Drug Type,"
                                            "Count of Event,Sum Qty (lbs)")),
               Error);
}

TEST(SourceFiles, TakeTheRunningFiscalYearAndTheMonthsByName)
{
  Source const source = read_source(folder / "seizures-cbp.ini");
  auto const& years = source.columns[source.column("fiscal_year")].map;
  EXPECT_NE(std::find(years.begin(), years.end(), std::pair<std::string, std::string>{"2026 (FYTD)", "2026"}),
            years.end());
  EXPECT_EQ(source.columns[source.column("month")].map.size(), 12U);
}

TEST(SourceFiles, TheExampleInTheDocumentsParses)
{
  std::ifstream file(std::filesystem::path(TARIFA_SOURCE_DIR) / "docs" / "sources.md");
  std::string const document{std::istreambuf_iterator<char>(file), {}};
  std::size_t const begin = document.find("```ini\n") + 7;
  Folder const f;
  f.write("utopia.ini", document.substr(begin, document.find("```", begin) - begin));
  f.write("countries.csv", "code,from,to\nUTO\n");
  Source const source = read_source(f.path / "utopia.ini");
  EXPECT_EQ(source.columns.size(), 9U);
  EXPECT_EQ(source.columns[source.column("declaration")].names.size(), 2U);
}

TEST(SourceFiles, PutCodeListsInTheirPlace)
{
  Folder const f;
  f.write("s.ini",
          "[source]\ntable = t\n[column a]\nkind = code\ncodes = @lists/a.csv\n[column b]\nkind = code\n");
  std::filesystem::create_directories(f.path / "lists");
  f.write("lists/a.csv", "Code,from,to\r\nDE\r\n# a note\n\n\"a; \"\"b\"\"\",2000-01-01,\nYU,,2003-02-04\n");
  std::string const text = source_text(f.path / "s.ini");
  EXPECT_NE(text.find("codes = \"DE\"; \"a; \"\"b\"\"\" (2000-01-01..); \"YU\" (..2003-02-04)\n"),
            std::string::npos)
      << text;
  f.write("s.ini",
          "[source]\ntable = t\n[column a]\nkind = code\ncodes = @lists/a.csv\n[column b]\nkind = bad\n");
  try
  {
    read_source(f.path / "s.ini");
    FAIL();
  }
  catch (Error const& e)  // lines are still those of the file
  {
    EXPECT_NE(std::string(e.what()).find("line 7: [column b] kind"), std::string::npos) << e.what();
  }
  f.write("s.ini", "[source]\ntable = t\n[column a]\nkind = code\ncodes = @lists/a.csv\n");
  Source const source = read_source(f.path / "s.ini");
  ASSERT_EQ(source.columns[0].codes.size(), 3U);
  EXPECT_EQ(source.columns[0].codes[1].code, "a; \"b\"");
  EXPECT_EQ(source.columns[0].codes[1].from, 10957);
  EXPECT_EQ(source.columns[0].codes[2].to, 12087);
}

TEST(SourceFiles, RefuseBrokenCodeListsWithFileAndLine)
{
  Folder const f;
  f.write("s.ini", "[source]\ntable = t\n[column a]\nkind = code\ncodes = @a.csv\n");
  f.write("a.csv", "code\nDE,2000\nFR,2000-13-01,\n");
  try
  {
    read_source(f.path / "s.ini");
    FAIL();
  }
  catch (Error const& e)
  {
    std::string const message = e.what();
    EXPECT_EQ(e.fault(), Fault::usage);
    EXPECT_NE(message.find("a.csv: 2 faults"), std::string::npos) << message;
    EXPECT_NE(message.find("line 2: a line is written code or code,from,to"), std::string::npos) << message;
    EXPECT_NE(message.find("line 3: '2000-13-01' is not a date"), std::string::npos) << message;
  }
}

TEST(SourceFiles, ThatAreNotThereAreAFaultOfStorage)
{
  for (auto const& path : {folder / "no-such.ini", folder})
  {
    try
    {
      read_source(path);
      FAIL() << path;
    }
    catch (Error const& e)
    {
      EXPECT_EQ(e.fault(), Fault::storage);
    }
  }
}
