#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/archive/manifest.hpp"
#include "pipeline/run/comm.hpp"

namespace tarifa
{

/// The vintages of a table beside the one that a delivery becomes.
class OtherVintages
{
 public:
  /// [all] Those complete now.
  OtherVintages(Comm const& comm, std::filesystem::path const& archive, std::string const& table,
                std::string const& own);

  std::vector<Manifest> const& manifests() const noexcept { return manifests_; }  ///< oldest first
  std::vector<std::string> names() const;
  /// Names of those that `before` has not, or has with other rows. Error(storage) when one of `before` is
  /// gone.
  std::vector<std::string> changed_since(OtherVintages const& before) const;

 private:
  std::vector<Manifest> manifests_;
};

}  // namespace tarifa
