#include "pipeline/archive/layout.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

bool is_plain(char c)
{
  bool const alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return alphanumeric || c == '_' || c == '-' || c == '.' || c == '+' || c == '=';
}

}  // namespace

std::string part_file_name(int part)
{
  return fmt::format("part-{:04}.h5", part);
}

std::filesystem::path part_folder(std::filesystem::path const& archive, std::string_view table,
                                  std::string_view partition, std::string_view vintage)
{
  return archive / table / partition / vintage;
}

std::filesystem::path manifest_path(std::filesystem::path const& archive, std::string_view table,
                                    std::string_view vintage)
{
  return archive / table / manifests_folder / (std::string(vintage) + ".json");
}

std::filesystem::path rejects_path(std::filesystem::path const& archive, std::string_view table,
                                   std::string_view vintage)
{
  return archive / table / rejects_folder / (std::string(vintage) + ".csv");
}

bool is_plain_name(std::string_view name)
{
  return !name.empty() && name.size() <= 128 && name.front() != '.' && name != manifests_folder
         && name != rejects_folder && std::all_of(name.begin(), name.end(), &is_plain);
}

void require_plain_name(std::string_view name, std::string_view what)
{
  require(is_plain_name(name), Fault::usage,
          fmt::format("'{}' cannot name a {}: 1 to 128 letters, digits or _ - . + =, not a dot in front, and "
                      "neither '{}' nor '{}'",
                      name, what, manifests_folder, rejects_folder));
}

}  // namespace tarifa
