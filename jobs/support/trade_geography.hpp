#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kernels/mirror/country_pairs.hpp"
#include "pipeline/run/comm.hpp"
#include "pipeline/run/provenance.hpp"

namespace tarifa::jobs
{

/// Geography of the countries of an analysis, from the archive's tables `distances` (country, partner,
/// distance, contiguous and, where it has one, distance_weighted) and `countries` (country, landlocked). A
/// pair that stands in the table in one direction only counts for both.
struct TradeGeography
{
  kernels::CountryPairs pairs;
  std::vector<InputFact> inputs;          ///< tables read, for the provenance
  std::vector<std::string> without_pair;  ///< countries without any distance
};

/// [all] `countries` as the analysis numbers them. Error(usage) when a table is not in the archive, saying
/// what to ingest.
TradeGeography read_geography(Comm const& comm, std::filesystem::path const& archive,
                              std::vector<std::string> const& countries);

}  // namespace tarifa::jobs
