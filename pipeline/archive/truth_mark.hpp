#pragma once

#include <filesystem>

#include "pipeline/archive/hdf5_handle.hpp"

namespace tarifa
{

/// Files of planted truth: what a synthetic world knows about itself and no analysis may see. They carry the
/// attribute `planted_truth` at their root.

/// Marks an HDF5 file that is being written.
void mark_truth(hid_t file);

/// Whether there is such a file. False for what is no HDF5 file or cannot be read.
bool holds_truth(std::filesystem::path const& path);

/// Error(usage) when the file holds planted truth: for every job that takes files in.
void refuse_truth(std::filesystem::path const& path);

}  // namespace tarifa
