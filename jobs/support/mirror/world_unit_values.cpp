#include "jobs/support/mirror/world_unit_values.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "pipeline/run/gather_rows.hpp"

namespace tarifa::jobs
{
namespace
{

double median(std::vector<double>& values)
{
  auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return values.size() % 2 == 1 ? *middle : (*std::max_element(values.begin(), middle) + *middle) / 2;
}

/// Unit values of the products that have a cell on this rank. Additive.
class UnitValues
{
 public:
  UnitValues(kernels::CountryPairs const& pairs, UnitValueSample const& sample)
      : pairs_(&pairs)
      , sample_(sample)
  {
  }

  void add(kernels::FlowBlock const& block)
  {
    for (std::size_t flow = 0; flow < block.size(); ++flow)
    {
      // Comparisons with NaN are false: what is not reported does not count.
      if (block.exported[flow] > sample_.least_value && block.imported[flow] > sample_.least_value
          && block.exported_kg[flow] > sample_.least_kg && block.imported_kg[flow] > sample_.least_kg
          && block.exporter[flow] != block.importer[flow]
          && pairs_->distance(block.exporter[flow], block.importer[flow]) > 0)
      {
        of_product[block.product[flow]].push_back(block.exported[flow] / block.exported_kg[flow]);
      }
    }
  }
  void add(UnitValues const& other)
  {
    for (auto const& [product, values] : other.of_product)
    {
      std::vector<double>& mine = of_product[product];
      mine.insert(mine.end(), values.begin(), values.end());
    }
  }

  std::map<std::int32_t, std::vector<double>> of_product;

 private:
  kernels::CountryPairs const* pairs_;
  UnitValueSample sample_;
};

}  // namespace

std::vector<double> world_unit_values(Comm const& comm, CellBlocks const& blocks,
                                      kernels::CountryPairs const& pairs, UnitValueSample const& sample)
{
  UnitValues mine = blocks.sum(UnitValues(pairs, sample),
                               [](UnitValues& sums, kernels::FlowBlock const& block) { sums.add(block); });
  // Cells are dealt by product first, so that few products are on more than one rank: their values go to all.
  std::vector<std::int64_t> here;
  for (auto const& [product, values] : mine.of_product)
  {
    here.push_back(product);
  }
  std::vector<std::int64_t> on_ranks(blocks.products().size());
  for (std::int64_t const product : comm.gather_all(here))
  {
    ++on_ranks[static_cast<std::size_t>(product)];
  }
  struct OfProduct
  {
    std::int64_t product;
    double value;
  };
  std::vector<OfProduct> shared, medians;
  for (auto& [product, values] : mine.of_product)
  {
    if (on_ranks[static_cast<std::size_t>(product)] == 1)
    {
      medians.push_back({product, median(values)});
      continue;
    }
    for (double const value : values)
    {
      shared.push_back({product, value});
    }
  }
  std::vector<double> result(blocks.products().size(), std::numeric_limits<double>::quiet_NaN());
  for (OfProduct const& one : gather_rows(comm, medians))
  {
    result[static_cast<std::size_t>(one.product)] = one.value;
  }
  std::map<std::int32_t, std::vector<double>> joined;
  for (OfProduct const& one : gather_rows(comm, shared))
  {
    joined[static_cast<std::int32_t>(one.product)].push_back(one.value);
  }
  for (auto& [product, values] : joined)
  {
    result[static_cast<std::size_t>(product)] = median(values);
  }
  return result;
}

}  // namespace tarifa::jobs
