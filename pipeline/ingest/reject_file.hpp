#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "pipeline/ingest/block_parser.hpp"
#include "pipeline/ingest/input_files.hpp"
#include "pipeline/run/comm.hpp"

namespace tarifa
{

/// [all] Writes every rejected record whole, as CSV grouped by reason and in input order within one: reason,
/// file, line, first_byte, last_byte, encoding (text, or hex when the bytes are not UTF-8), record. Mode
/// 0600, since records name people. Written side by side by all ranks to `path`.partial and renamed; no file
/// when nothing was rejected.
void write_rejects(Comm const& comm, std::filesystem::path const& path,
                   std::filesystem::path const& stage_folder, std::vector<InputFile> const& files,
                   Reasons const& reasons, std::vector<BlockOutcome> const& outcomes);

}  // namespace tarifa
