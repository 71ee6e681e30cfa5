#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace tarifa::kernels
{

/// Folder of the reference data that lies beside the project and is never copied into it; tests that need it
/// are skipped where it is absent: `if (!has_reference()) { GTEST_SKIP() << no_reference; }`.
inline std::filesystem::path reference_folder()
{
  return std::filesystem::path(TARIFA_SOURCE_DIR).parent_path() / "shared" / "data";
}

inline bool has_reference()
{
  return std::filesystem::exists(reference_folder());
}

inline constexpr char const* no_reference = "the reference data (../shared/data) is absent";

/// A CSV file of plain or quoted fields without commas or line ends inside, plain or compressed by gzip, as
/// columns of text.
class ReferenceCsv
{
 public:
  /// `name` below reference_folder().
  explicit ReferenceCsv(std::string const& name)
  {
    std::string const path = (reference_folder() / name).string();
    std::string const command = (path.ends_with(".gz") ? "gzip -dc '" : "cat '") + path + "'";
    std::unique_ptr<FILE, int (*)(FILE*)> const pipe(popen(command.c_str(), "r"), pclose);
    std::string text;
    std::array<char, 1 << 16> block{};
    for (std::size_t got = 0; (got = fread(block.data(), 1, block.size(), pipe.get())) > 0;)
    {
      text.append(block.data(), got);
    }
    for (std::size_t begin = 0; begin < text.size();)
    {
      std::size_t const end = std::min(text.find('\n', begin), text.size());
      take_line(text.substr(begin, end - begin));
      begin = end + 1;
    }
    if (names_.empty())
    {
      throw std::runtime_error("cannot read " + path);
    }
  }

  std::size_t rows() const { return columns_.empty() ? 0 : columns_.front().size(); }

  std::vector<std::string> const& text(std::string const& column) const
  {
    for (std::size_t i = 0; i < names_.size(); ++i)
    {
      if (names_[i] == column)
      {
        return columns_[i];
      }
    }
    throw std::runtime_error("no column " + column);
  }

  /// NaN where the field is empty or NA.
  std::vector<double> numbers(std::string const& column) const
  {
    std::vector<double> result;
    for (std::string const& field : text(column))
    {
      bool const missing = field.empty() || field == "NA";
      result.push_back(missing ? std::numeric_limits<double>::quiet_NaN()
                               : std::strtod(field.c_str(), nullptr));
    }
    return result;
  }

 private:
  void take_line(std::string line)
  {
    std::vector<std::string> fields(1);
    for (char const c : line)
    {
      if (c == ',')
      {
        fields.emplace_back();
      }
      else if (c != '"' && c != '\r')
      {
        fields.back() += c;
      }
    }
    if (names_.empty())
    {
      names_ = fields;
      columns_.resize(names_.size());
      return;
    }
    fields.resize(names_.size());
    for (std::size_t i = 0; i < fields.size(); ++i)
    {
      columns_[i].push_back(std::move(fields[i]));
    }
  }

  std::vector<std::string> names_;
  std::vector<std::vector<std::string>> columns_;
};

}  // namespace tarifa::kernels
