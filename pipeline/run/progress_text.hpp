#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tarifa
{

/// How far a stage is.
struct Progress
{
  std::string_view what;  ///< "ingest: reading"
  std::int64_t done = 0;
  std::int64_t total = 0;
  std::string_view unit;  ///< "bytes" are shown as such; "parts", "years" ... are counted
  double seconds = 0;     ///< since the stage began
};

/// "ingest: reading 1.24 GB of 3.11 GB (40 %), 264 MB/s, 7 s to go"
std::string progress_line(Progress const& progress);
/// The same with a bar, in at most `width` characters.
std::string progress_bar(Progress const& progress, int width);

}  // namespace tarifa
