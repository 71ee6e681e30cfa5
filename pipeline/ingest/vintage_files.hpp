#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/archive/manifest.hpp"
#include "pipeline/ingest/input_files.hpp"

namespace tarifa
{

/// What a delivery becomes.
struct VintageChoice
{
  std::string vintage;
  bool is_there = false;  ///< and was made from these files: nothing is left to do
};

/// What the vintages there are compared with.
struct Delivery
{
  std::string table;
  std::string wanted;  ///< vintage asked for; empty = none
  bool redo = false;
  Manifest::Description description;
  std::int64_t shard_rows = 0;
  std::vector<InputFile> const& files;
};

/// The vintage asked for, else the one made of these very files, else the number after the highest.
/// Error(usage) unless `redo` is set when the one asked for was made of other files, or that of these files
/// in another way, and always when one that would be replaced is built upon by others. One rank.
VintageChoice choose_vintage(std::filesystem::path const& archive, Delivery const& delivery);

/// The files of one vintage on their way into the archive. Until all of them are whole they stand beside the
/// place they are meant for, so that a vintage that is replaced remains as it is if that fails. One rank at a
/// time calls the methods that change something.
class VintageFiles
{
 public:
  VintageFiles(std::filesystem::path archive, std::string table, std::string vintage);

  /// Name of the folder, in each partition, that parts are written to.
  std::string pending_folder() const { return "." + vintage_ + ".pending"; }  // no vintage is called so
  std::filesystem::path pending_rejects() const;
  std::filesystem::path rejects() const;

  /// Removes what an unfinished run left.
  void clear() const;

  /// Puts the pending files in their places, in those of an older delivery of this vintage if there is one,
  /// and the manifest last: only with it does the vintage exist. Error(storage); what was replaced may be
  /// gone then, and what replaces it is left where it stands.
  void install(Manifest const& manifest) const;

 private:
  std::filesystem::path pending_manifest() const;
  void remove_folders(std::string const& name) const;

  std::filesystem::path archive_, table_folder_;
  std::string table_, vintage_;
};

}  // namespace tarifa
