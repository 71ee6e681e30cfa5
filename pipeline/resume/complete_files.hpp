#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/run/provenance.hpp"

namespace tarifa
{

/// Files that a run made together, and the mark that says so: a text beside them with what they were made of
/// and how long each is. For files that cannot say it themselves, such as CSV.
struct CompleteFiles
{
  std::filesystem::path mark;  ///< PLACE.made
  std::vector<Note> made_of;
  std::vector<std::filesystem::path> files;

  /// [all] Whether all files are there as the mark says, made of the same. False when the run was told to
  /// --redo. When true, a checkpoint that is left goes away and the log says that nothing is to do.
  bool are_complete(Run const& run) const;

  /// [all] The files are whole and have their names.
  void mark_complete(Comm const& comm) const;

  std::int64_t bytes() const;  ///< of the files that are there

 private:
  std::string text() const;
};

}  // namespace tarifa
