// libFuzzer target: no text may do worse than a usage error, and what parses must match headers without
// crashing.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pipeline/run/error.hpp"
#include "pipeline/source/source.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  try
  {
    tarifa::Source const source = tarifa::parse_source(text, "fuzz");
    std::vector<std::string> header;
    for (tarifa::SourceColumn const& column : source.columns)
    {
      header.push_back(column.names.empty() ? "" : column.names.front().name);
    }
    header.emplace_back(text.substr(0, 40));
    tarifa::match_header(source, header);
  }
  catch (tarifa::Error const& e)
  {
    if (e.fault() != tarifa::Fault::usage && e.fault() != tarifa::Fault::data)
    {
      __builtin_trap();
    }
  }
  return 0;
}
