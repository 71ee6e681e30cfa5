#pragma once

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "tests/kernels/reference_csv.hpp"

#include "kernels/mirror/flow_block.hpp"

namespace tarifa::kernels
{

/// Flows of a test, as columns.
struct FlowColumns
{
  std::vector<std::int32_t> exporter, importer, product, period;
  std::vector<double> exported, imported, exported_kg, imported_kg;

  std::size_t size() const { return exporter.size(); }

  void add(std::int32_t from, std::int32_t to, std::int32_t code, std::int32_t time, double exports,
           double imports, double exports_kg = std::numeric_limits<double>::quiet_NaN(),
           double imports_kg = std::numeric_limits<double>::quiet_NaN())
  {
    exporter.push_back(from);
    importer.push_back(to);
    product.push_back(code);
    period.push_back(time);
    exported.push_back(exports);
    imported.push_back(imports);
    exported_kg.push_back(exports_kg);
    imported_kg.push_back(imports_kg);
  }

  FlowBlock block() const { return block(0, size()); }
  FlowBlock block(std::size_t begin, std::size_t end) const
  {
    auto const part = [=](auto const& column) { return std::span(column).subspan(begin, end - begin); };
    return {part(exporter), part(importer), part(product),     part(period),
            part(exported), part(imported), part(exported_kg), part(imported_kg)};
  }
};

/// Lines of a file below reference_folder(), plain or compressed by gzip, that an extended regular expression
/// finds: for large files of which a test needs a part.
inline std::vector<std::string> reference_lines(std::string const& name, std::string const& expression)
{
  std::string const path = (reference_folder() / name).string();
  std::string const command =
      (path.ends_with(".gz") ? "gzip -dc '" : "cat '") + path + "' | LC_ALL=C grep -E '" + expression + "'";
  std::unique_ptr<FILE, int (*)(FILE*)> const pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  std::array<char, 1 << 16> block{};
  for (std::size_t got = 0; (got = fread(block.data(), 1, block.size(), pipe.get())) > 0;)
  {
    text.append(block.data(), got);
  }
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();)
  {
    std::size_t const end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/// Fields of a line; commas inside quotes do not part them.
inline std::vector<std::string> fields_of(std::string const& line)
{
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (char const c : line)
  {
    if (c == '"')
    {
      quoted = !quoted;
    }
    else if (c == ',' && !quoted)
    {
      fields.emplace_back();
    }
    else
    {
      fields.back() += c;
    }
  }
  return fields;
}

}  // namespace tarifa::kernels
