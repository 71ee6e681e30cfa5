#pragma once

#include <array>
#include <cstdint>

#include "kernels/synth/dirty_delivery.hpp"
#include "pipeline/result/result_file.hpp"

namespace tarifa::jobs
{

/// How much there is of what a key lists, or how much of it comes before.
struct DirtyTally
{
  std::int64_t broken = 0, repeated = 0, amendments = 0;
  std::array<std::int64_t, kernels::dirty_file_count> lines{}, bytes{};  ///< of the files, with their headers
};

/// The key to a dirty delivery, truth-dirty-YYYY.h5: docs/files.md.
class DirtyKeyFile
{
 public:
  /// [all] Makes room for all there is.
  DirtyKeyFile(ResultFile& file, DirtyTally const& all);

  /// Writes the key of one block; `before` is what comes before it. On any thread.
  void write(kernels::DirtyKey const& key, DirtyTally const& before) const;

 private:
  BlockTable broken_, repeated_, amendments_;
};

}  // namespace tarifa::jobs
