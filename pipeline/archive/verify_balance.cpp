#include "pipeline/archive/verify_balance.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "pipeline/run/decimal_text.hpp"

namespace tarifa
{
namespace
{

using Json = nlohmann::json;

std::int64_t records_of(Json const& line)
{
  return line.at("records").get<std::int64_t>();
}

/// Records of the sheet that went somewhere.
std::int64_t placed_records(Json const& sheet)
{
  std::int64_t records = 0;
  for (char const* const line : {"header", "blank", "kept", "filtered", "duplicate", "superseded"})
  {
    records += records_of(sheet.at(line));
  }
  for (Json const& line : sheet.value("rejected", Json::object()))
  {
    records += records_of(line);
  }
  return records;
}

class BalanceCheck
{
 public:
  explicit BalanceCheck(Manifest const& manifest) : manifest_(manifest) {}

  std::vector<std::string> run(Json const& balance)
  {
    Json const& total = balance.at("total");
    Json const& files = balance.at("files");
    same("balance: records kept", records_of(total.at("kept")), manifest_.rows(), "rows");
    same("balance: earlier rows superseded", records_of(total.at("earlier_superseded")),
         manifest_.superseded_rows(), "rows superseded");
    same("balance: files", static_cast<std::int64_t>(files.size()),
         static_cast<std::int64_t>(manifest_.sources.size()), "sources");
    std::int64_t read = 0;
    for (std::size_t i = 0; i < files.size() && i < manifest_.sources.size(); ++i)
    {
      std::int64_t const records = records_of(files[i].at("read"));
      same("balance: records read from " + manifest_.sources[i].name, records, manifest_.sources[i].records,
           "records of the source");
      read += records;
    }
    same("balance: records read", records_of(total.at("read")), read, "records read from all files");
    same("balance: records read", records_of(total.at("read")), placed_records(total),
         "records kept, left out and rejected");
    if (manifest_.value)
    {
      same_value("kept", total.at("kept"), manifest_.value->kept);
      same_value("superseded", total.at("earlier_superseded"), manifest_.value->superseded);
    }
    return std::move(findings_);
  }

 private:
  void same(std::string const& what, std::int64_t in_balance, std::int64_t other, std::string_view name)
  {
    if (in_balance != other)
    {
      findings_.push_back(fmt::format("{}: {}, but {} {}", what, in_balance, other, name));
    }
  }

  void same_value(std::string_view what, Json const& line, Int128 value)
  {
    auto const in_balance = line.at("value").get<std::string>();
    std::string const text = decimal_text(value, 0, Grouping::none);
    if (in_balance != text)
    {
      findings_.push_back(fmt::format("value: {} is {}, but the balance has {}", what, text, in_balance));
    }
  }

  Manifest const& manifest_;
  std::vector<std::string> findings_;
};

}  // namespace

std::vector<std::string> verify_balance(Manifest const& manifest, std::string_view text)
{
  try
  {
    Json const root = Json::parse(text);
    Json const balance = root.value("balance", Json());
    return balance.is_object() && !balance.empty() ? BalanceCheck(manifest).run(balance)
                                                   : std::vector<std::string>();
  }
  catch (Json::exception const&)
  {
    return {"balance: a line or a number of it is missing"};
  }
}

}  // namespace tarifa
