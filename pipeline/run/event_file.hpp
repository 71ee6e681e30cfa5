#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace tarifa
{

/// The file of --run.log: what happens in a run, one JSON object a line, for programs (docs/running.md).
///
/// Only the root writes, also what the other ranks did, which it gathers when a stage ends: lines of two
/// ranks can then not run into each other on any file system (appending from several nodes is not safe on
/// NFS), and no pieces are left behind for somebody to merge. Lines are appended whole, one write each, so
/// that a job that goes on after a stop goes on in the same file, and a run that is killed leaves its stages
/// up to then.
class EventFile
{
 public:
  EventFile() = default;                                  ///< writes nothing
  explicit EventFile(std::filesystem::path const& path);  ///< Error(storage) when it cannot be opened
  ~EventFile();
  EventFile(EventFile&& other) noexcept;
  EventFile& operator=(EventFile&& other) noexcept;
  EventFile(EventFile const&) = delete;
  EventFile& operator=(EventFile const&) = delete;

  /// Appends the event, a JSON object, with the time in front. Returns the reason when that fails, ""
  /// otherwise: a log that cannot be written must not end a night's work.
  std::string write(nlohmann::ordered_json const& event);

 private:
  int descriptor_ = -1;
};

}  // namespace tarifa
