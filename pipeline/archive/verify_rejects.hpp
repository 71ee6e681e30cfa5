#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/archive/manifest.hpp"
#include "pipeline/run/comm.hpp"

namespace tarifa
{

struct RejectsCheck
{
  std::vector<std::string> findings;
  std::vector<std::string> unread;  ///< not checked: only their owner may read them
};

/// [all] Holds the rejects files against size and digest in the manifests, shared out over the ranks, and
/// returns what all ranks found, in the order of the manifests. Manifests of older programs do not know their
/// rejects.
RejectsCheck verify_rejects(Comm const& comm, std::filesystem::path const& archive,
                            std::vector<Manifest> const& manifests);

}  // namespace tarifa
