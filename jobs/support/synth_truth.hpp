#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pipeline/result/result_file.hpp"

namespace tarifa::jobs
{

/// Codes of the countries, for columns that hold the position of one.
std::vector<std::string> country_labels();

/// The truth files of one run of `tarifa synth`: filled while the tables are made, given their names together
/// when the tables have theirs.
class TruthFiles
{
 public:
  TruthFiles(Run& run, std::string folder) : run_(run), folder_(std::move(folder)) {}

  /// [all] A new truth file of the folder, with the notes on how it was made. Error(usage) when it is there
  /// already, unless --redo.
  ResultFile& open(std::string const& name);

  /// [all]
  void publish();

 private:
  Run& run_;
  std::string folder_;
  std::vector<std::unique_ptr<ResultFile>> files_;
};

}  // namespace tarifa::jobs
