#pragma once

#include <filesystem>
#include <vector>

#include "pipeline/run/provenance.hpp"

namespace tarifa
{

/// [all] Whether a result stands at `path` that this run would make again: a whole file with the same texts
/// `made_of` about how it was made. False when nothing is there, when the run was told to --redo, and when it
/// is another result, which a ResultFile then refuses to overwrite. When true, a checkpoint that is left goes
/// away and the log says that nothing is to do.
bool is_complete(Run const& run, std::filesystem::path const& path, std::vector<Note> const& made_of);

}  // namespace tarifa
