#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/result/result_file.hpp"

namespace tarifa
{

/// One column of a result table, without its cells.
struct ResultColumnInfo
{
  std::string name, unit, definition;
  ResultType type = ResultType::int64;
  int scale = 0, digits = 0;
  std::vector<std::string> labels;  ///< texts the numbers are positions in; empty = none
};

/// Cells of a stretch of rows; one of the two is filled.
struct ResultCells
{
  std::vector<std::int64_t> whole;
  std::vector<double> real;
};

enum class TruthAccess : std::uint8_t
{
  refuse,
  allow,  ///< for what is told apart from analysis: scoring a method, or a person who asks
};

/// Reads a result file back, on one rank. Errors are Error(storage) naming file and item.
class ResultReader
{
 public:
  /// Error(usage) for a file of planted truth, unless allowed, and for an HDF5 file that is no result.
  explicit ResultReader(std::filesystem::path const& path, TruthAccess access = TruthAccess::refuse);
  ~ResultReader();
  ResultReader(ResultReader const&) = delete;
  ResultReader& operator=(ResultReader const&) = delete;

  std::vector<std::string> tables() const;  ///< sorted
  std::int64_t rows(std::string const& table) const;
  std::vector<ResultColumnInfo> columns(std::string const& table) const;  ///< in the order they were written
  /// Text the result stores about how it was made (files.md, attributes of the root); empty: it has none.
  std::string note(std::string const& name) const;
  ResultCells read(std::string const& table, ResultColumnInfo const& column, std::int64_t first,
                   std::int64_t rows) const;

 private:
  struct File;
  std::unique_ptr<File> file_;
};

}  // namespace tarifa
